"""First sentences for those who don't know how to begin: buttons that say them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from contracts.identity import Rung, is_anonymous
from contracts.language import marked, t
from contracts.messages import Choice

if TYPE_CHECKING:
    from app.build import App
    from contracts.identity import Identity

MOST = 4
# One for each specialist there is.
SPECIALISTS = {
    "outage": marked("My power is out"),
    "billing": marked("I have a question about my bill"),
    "usage": marked("I have a question about my energy use"),
    "service": marked("I have a question about my service"),
}


async def openers(app: App, identity: Identity, *, returning: bool) -> tuple[Choice, ...]:
    """What fits this customer, as far as their rung lets us know, then what fits everybody; to
    who was here before only the former. Raises StoreUnavailable."""
    fitting = await _fitting(app, identity)
    if returning:
        return fitting
    known = {choice.id for choice in fitting}
    general = [
        Choice(id=name, label=t(said))
        for name, said in SPECIALISTS.items()
        if name in app.toolbox.specialists() and name not in known
    ]
    return (*fitting, *general)[:MOST]


async def _fitting(app: App, identity: Identity) -> tuple[Choice, ...]:
    """Of an outage at their address for who is recognised, of a bill that is due for who is
    verified; the ids are the specialists' whose first sentence they replace."""
    if is_anonymous(identity.customer_id) or identity.rung < Rung.RECOGNISED:
        return ()
    records = app.records
    customer = await records.customers.get(identity.customer_id)
    account = await records.accounts.get(customer.account_number) if customer else None
    if account is None:
        return ()
    found = []
    premise = await records.accounts.premise(account.premise_id)
    if premise is not None and await records.outages.at_premise(premise) is not None:
        found.append(Choice(id="outage", label=t("When will my power be back?")))
    if identity.rung >= Rung.VERIFIED and await records.billing.balance(account.account_number) > 0:
        found.append(Choice(id="billing", label=t("I want to pay my bill")))
    return tuple(found)
