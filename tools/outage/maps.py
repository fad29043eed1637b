"""What is out at present, for anybody to know: towns and numbers, never an address."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from typing import Any

from contracts.identity import Rung
from contracts.language import marked, plural, t
from contracts.messages import Card
from contracts.records import Outage
from contracts.tooling import Call, Done, Effect
from tools import speech
from tools.common import local, local_now
from tools.outage.words import POWER_AND_GAS
from tools.toolkit import tool

_SHOWN = 20
_SAID = 2


@tool(
    effect=Effect.READ,
    rung=Rung.ANONYMOUS,
    grants=("outage",),
    step=marked("Looking at the outages"),
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
        return Done(data, t("There are no known outages right now."))
    rows = tuple((_label(outage, own), _row(call, outage)) for outage in active)
    card = Card(card="outages", title=marked("Outages right now"), rows=rows, data=data)
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
    return t("{place} (yours)", place=place) if outage.outage_id == own else place


def _row(call: Call, outage: Outage) -> str:
    service = t(POWER_AND_GAS[outage.kind])
    return ", ".join((_customers(outage), service, t(outage.status), _back(call, outage)))


def _back(call: Call, outage: Outage) -> str:
    now = local_now(call)
    if outage.eta is None or outage.eta < now:
        return t("no estimate yet")
    return t("back {when}", when=speech.about(local(call, outage.eta), now))


def _summary(call: Call, active: Sequence[Outage], own: str | None) -> str:
    said = "; ".join(_one_said(call, outage) for outage in active[:_SAID])
    if len(active) == 1:
        start = t("There is one outage right now: {outages}.", outages=said)
    elif len(active) <= _SAID:
        start = t(
            "There are {count} outages right now: {outages}.", count=len(active), outages=said
        )
    elif len(active) < _SHOWN:
        start = t(
            "There are {count} outages right now. The largest: {outages}.",
            count=len(active),
            outages=said,
        )
    else:
        start = t(
            "There are at least {count} outages right now. The largest: {outages}.",
            count=_SHOWN,
            outages=said,
        )
    if not own:
        return start
    only, among = t("It's the one at your address."), t("One of them is at your address.")
    return f"{start} {only if len(active) == 1 else among}"


def _one_said(call: Call, outage: Outage) -> str:
    customers, back = _customers(outage), _back(call, outage)
    if not outage.place:
        return f"{customers}, {back}"
    return t("{customers} in {place}, {back}", customers=customers, place=outage.place, back=back)


def _customers(outage: Outage) -> str:
    count = outage.customers_affected
    return plural("one customer", "{count} customers", count, count=f"{count:,}")


TOOLS = (get_outage_map,)
