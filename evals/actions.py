"""Reference actions: tools run straight on the records, as a customer with all rights would."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from app.build import App
from contracts.identity import Rung
from contracts.messages import Channel
from contracts.records import Customer
from contracts.tooling import Agreed, AskAgain, Call, Cannot, Confirmation
from evals.case import Action
from evals.photos import sent
from evals.texts import Texts


class NotDone(Exception):
    """A reference action did not succeed: the case is wrong."""


async def perform(app: App, texts: Texts, action: Action, *, nth: int) -> None:
    """Run one action, its read-back agreed to. Raises NotDone with the tool's own words."""
    customer = texts.named(action.by) if action.by else texts.customer
    if customer is None:
        raise NotDone(f"{action.tool}: a stranger has no records to act on; say `by` whom")
    spec = app.toolbox.by_name.get(action.tool)
    if spec is None:
        raise NotDone(f"there is no tool {action.tool!r}")
    call = await _call(app, customer, action, key=f"web:reference-{nth}:{action.tool}:0")
    raw = await texts.filled(action.args)
    if action.photos:
        kept = await sent(app, call.channel, call.address, call.key, action.photos)
        raw["photos"] = [photo.id for photo in kept]
    args = app.toolbox.parse(spec, raw)
    if isinstance(args, AskAgain):
        raise NotDone(f"{action.tool}: {args.say}")
    if spec.read_back is not None:
        confirmation = await app.toolbox.read_back(spec, call, args)
        if not isinstance(confirmation, Confirmation):
            raise NotDone(f"{action.tool}: {confirmation.say}")
        args = _agreed(app, action, confirmation)
        call = replace(call, agreed=Agreed(confirmation.read_back, app.clock.now()))
    result: Any = await app.toolbox.run(spec, call, args)
    if isinstance(result, AskAgain | Cannot):
        raise NotDone(f"{action.tool}: {result.say}")


def _agreed(app: App, action: Action, confirmation: Confirmation) -> Any:
    args = app.toolbox.parse(app.toolbox.by_name[action.tool], confirmation.args)
    if isinstance(args, AskAgain):
        raise NotDone(f"{action.tool}: {args.say}")
    return args


async def _call(app: App, customer: Customer, action: Action, *, key: str) -> Call:
    account = await app.records.accounts.get(customer.account_number)
    premise = await app.records.accounts.premise(account.premise_id) if account else None
    holders = app.toolbox.by_name[action.tool].grants
    return Call(
        services=app.services,
        customer_id=customer.customer_id,
        rung=Rung.STEPPED_UP,
        account_number=customer.account_number,
        premise_id=premise.premise_id if premise else None,
        service_address=premise.address if premise else None,
        channel=Channel.WEB,
        address=next((c.value for c in customer.contacts), "reference"),
        session_id="reference",
        agent=action.agent or min(holders, default=""),
        key=key,
    )
