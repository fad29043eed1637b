"""Charging a saved method: by the payment processor, into the journal, once a key.

Every step is kept under the same key, and none of them does a second time what it did before:

1. `begin_charge` keeps the charge before anybody is asked.
2. `processor.charge` moves the money, or declines.
3. `pay` posts the payment that was approved.
4. `settle_charge` notes the answer; until then the charge is open.

The payment is posted before the charge is settled: a crash in between leaves an open charge,
which the settlement in the background takes up, and never money that was taken and not posted.
So each of these may be called again at any time, and ends in the same payment.
"""

from __future__ import annotations

import logging
from collections.abc import Awaitable, Callable
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Literal

from contracts.errors import ProcessorUnavailable
from contracts.ports import Decision
from contracts.records import Account, Charge, Payment, PaymentMethod, ReplyTo
from contracts.tooling import Services

Tell = Callable[[Charge, Payment | Charge], Awaitable[None]]  # a charge, and what became of it

log = logging.getLogger(__name__)

NEVER_RECEIVED = timedelta(minutes=15)  # unknown to the processor for so long: it has not got it
# From here on an open charge is only asked about and never sent again, so that nothing is still
# on its way to the processor when it is given up.
SENT_FOR = timedelta(minutes=5)


async def charge_account(
    services: Services,
    *,
    key: str,
    customer_id: str,
    account: Account,
    amount: Decimal,
    method: PaymentMethod,
    at: datetime,
    reply_to: ReplyTo | None = None,
    tell: Tell | None = None,
) -> Payment | Charge:
    """Charge a saved method and post the payment, exactly once a key.

    The payment when it is made, by this call or an earlier one with the key; amount and method
    are then those of the first. Otherwise the charge: "declined", with `reason` as a sentence
    for the customer, or "sent": the processor has not answered yet, the money may be taken, and
    the customer gets a message when it is settled. What may be paid is the caller's to check.
    reply_to: where that message goes, if the payment was asked for by a link that was sent there.
    tell: as of `settle`.

    Raises BadInput for an amount that is no positive whole cents, Conflict if the key belongs to
    another account, RecordsUnavailable.
    """
    asked = Charge(
        key=key,
        account_number=account.account_number,
        customer_id=customer_id,
        amount=amount,
        method=method,
        status="sent",
        at=at,
        reply_to=reply_to,
    )
    charge = await services.records.billing.begin_charge(asked)
    if charge.status != "sent":
        return await services.records.billing.payment(key) or charge
    try:
        decision = await _answer(services, charge)
    except ProcessorUnavailable:
        log.warning("the payment processor did not answer", extra={"charge": key})
        return charge
    return await settle(services, charge, decision, tell) if decision else charge


async def settle(
    services: Services, charge: Charge, decision: Decision, tell: Tell | None = None
) -> Payment | Charge:
    """Post what the processor approved, and close the charge; `tell` is awaited in between, so
    that nobody stays untold after a crash. Safe to do again; told again then, with the same."""
    billing = services.records.billing
    payment = await _post(services, charge) if decision.approved else None
    status: Literal["approved", "declined"] = "approved" if decision.approved else "declined"
    outcome = charge.model_copy(update={"status": status, "reason": decision.reason})
    if tell is not None:
        await tell(charge, payment or outcome)
    settled = await billing.settle_charge(
        charge.key, approved=decision.approved, reason=decision.reason
    )
    if settled.status != status:
        log.error("a charge was answered in two ways", extra={"charge": charge.key})
    return payment or settled


async def _post(services: Services, charge: Charge) -> Payment:
    return await services.records.billing.pay(
        key=charge.key,
        account_number=charge.account_number,
        amount=charge.amount,
        method=charge.method,
        at=charge.at,
    )


async def _answer(services: Services, charge: Charge) -> Decision | None:
    """What the processor says of an open charge; None if it doesn't know."""
    if services.clock.now() - charge.at > SENT_FOR:
        return await services.processor.decision(charge.key)
    return await services.processor.charge(
        key=charge.key, amount=charge.amount, token=charge.method.token, at=charge.at
    )
