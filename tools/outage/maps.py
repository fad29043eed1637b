"""What is out at present, for anybody to know: towns and numbers, never an address."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from typing import Any

from contracts.identity import Rung
from contracts.messages import Card
from contracts.records import Outage
from contracts.tooling import Call, Done, Effect
from tools import speech
from tools.common import local, local_now
from tools.toolkit import tool

_SHOWN = 20
_SAID = 2
_SERVICE = {"electric": "power", "gas": "gas"}


@tool(
    effect=Effect.READ,
    rung=Rung.ANONYMOUS,
    grants=("outage",),
    step="Looking at the outages",
)
async def get_outage_map(call: Call) -> Done:
    """List the outages there are now in the whole area: the town, how many customers, how far
    work is and when service should be back."""
    active, own = await asyncio.gather(
        call.services.records.outages.active(_SHOWN), _own_outage(call)
    )
    data = {
        "outages": [_outage_data(call, outage, own) for outage in active],
        "customers_affected": sum(outage.customers_affected for outage in active),
        "as_of": local_now(call).isoformat(),
    }
    if not active:
        return Done(data, "There are no known outages right now.")
    rows = tuple((_label(outage, own), _row(call, outage)) for outage in active)
    card = Card(card="outages", title="Outages right now", rows=rows, data=data)
    return Done(data, _summary(call, active, own), (card,))


async def _own_outage(call: Call) -> str | None:
    """The id of the outage at the customer's own place, if we know them."""
    records = call.services.records
    premise = await records.accounts.premise(call.premise_id) if call.premise_id else None
    here = await records.outages.at_premise(premise) if premise else None
    return here.outage_id if here else None


def _outage_data(call: Call, outage: Outage, own: str | None) -> dict[str, Any]:
    return {
        "outage_id": outage.outage_id,
        "kind": outage.kind,
        "place": outage.place,
        "status": outage.status,
        "customers_affected": outage.customers_affected,
        "eta": local(call, outage.eta).isoformat() if outage.eta else None,
        "yours": outage.outage_id == own,
    }


def _label(outage: Outage, own: str | None) -> str:
    place = outage.place or outage.outage_id
    return f"{place} (yours)" if outage.outage_id == own else place


def _row(call: Call, outage: Outage) -> str:
    return ", ".join(
        (_customers(outage), _SERVICE[outage.kind], outage.status, _back(call, outage))
    )


def _back(call: Call, outage: Outage) -> str:
    now = local_now(call)
    if outage.eta is None or outage.eta < now:
        return "no estimate yet"
    return f"back {speech.about(local(call, outage.eta), now)}"


def _summary(call: Call, active: Sequence[Outage], own: str | None) -> str:
    count = "one outage" if len(active) == 1 else f"{len(active)} outages"
    if len(active) == _SHOWN:
        count = f"at least {_SHOWN} outages"
    largest = [f"{_customers(o)}{_where(o)}, {_back(call, o)}" for o in active[:_SAID]]
    start = "There is" if len(active) == 1 else "There are"
    which = ": " if len(active) <= _SAID else ". The largest: "
    yours = " One of them is at your address." if own and len(active) > 1 else ""
    if own and len(active) == 1:
        yours = " It's the one at your address."
    return f"{start} {count} right now{which}{'; '.join(largest)}.{yours}"


def _customers(outage: Outage) -> str:
    count = outage.customers_affected
    return "one customer" if count == 1 else f"{count:,} customers"


def _where(outage: Outage) -> str:
    return f" in {outage.place}" if outage.place else ""


TOOLS = (get_outage_map,)
