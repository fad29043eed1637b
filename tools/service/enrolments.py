"""Paperless billing, and autopay for customers who set up their service."""

from __future__ import annotations

from typing import Annotated, Any

from pydantic import BeforeValidator

from contracts.identity import Rung
from contracts.language import marked, t
from contracts.messages import Card
from contracts.records import Account, AccountChange
from contracts.tooling import AskAgain, Call, Cannot, Confirmation, Done, Effect
from tools import autopay
from tools.arguments import read_count
from tools.common import known_customer
from tools.service import orders
from tools.service.contacts import read_email
from tools.toolkit import tool


async def read_back_paperless(call: Call, args: Any) -> Confirmation | AskAgain | Cannot:
    found = await _bills_to(call, args.email)
    if not isinstance(found, tuple):
        return found
    account, address = found
    if account.paperless and address == (account.paperless_email or await _on_file(call)):
        return Cannot(
            "already_on",
            t("Paperless billing is on already; bills go to {address}.", address=address),
        )
    return Confirmation(
        {"email": address},
        t(
            "I'll send your bills to {address} instead of on paper. Shall I go ahead?",
            address=address,
        ),
    )


@tool(
    effect=Effect.WRITE,
    rung=Rung.VERIFIED,
    grants=("service",),
    step=marked("Turning on paperless billing"),
    confirm=read_back_paperless,
    secret=("email",),
)
async def enroll_paperless(call: Call, email: str = "") -> Done | AskAgain | Cannot:
    """Send the customer's bills by e-mail instead of on paper. The customer is asked for a yes
    first.

    Args:
        email: The address for the bills; leave out for the one on file.
    """
    found = await _bills_to(call, email)
    if not isinstance(found, tuple):
        return found
    account, address = found
    await call.services.records.accounts.change(
        account.account_number, AccountChange(paperless=True, paperless_email=address)
    )
    data = {"paperless": True}
    rows = ((t("Paperless billing"), t("on")), (t("Bills go to"), address))
    card = Card(card="paperless", title=t("Paperless billing"), rows=rows, data=data)
    say = t("Paperless billing is on. Your next bill comes to {address}.", address=address)
    return Done(data, say, (card,), {"account": {"paperless": True}})


async def read_back_autopay(call: Call, args: Any) -> Confirmation | AskAgain | Cannot:
    return await autopay.read_back_autopay(call, args.payment_method, args.payment_day)


@tool(
    effect=Effect.WRITE,
    rung=Rung.VERIFIED,
    grants=("service",),
    step=marked("Enrolling you in autopay"),
    confirm=read_back_autopay,
)
async def enroll_autopay(
    call: Call,
    payment_method: str,
    payment_day: Annotated[int | None, BeforeValidator(read_count)] = None,
) -> Done | AskAgain | Cannot:
    """Have the customer's bills paid automatically from a saved method, on the due date or on a day
    of the month. The customer is asked for a yes first.

    Args:
        payment_method: A saved method by name, kind or last four digits, or "default".
        payment_day: The day of the month, 1 to 28; leave out for each bill's due date.
    """
    return await autopay.turn_on(call, payment_method, payment_day)


async def _bills_to(call: Call, email: str) -> tuple[Account, str] | AskAgain | Cannot:
    """The account, and the address its bills go to: the one given, or the one on file."""
    account = await orders.open_account(call)
    if isinstance(account, Cannot):
        return account
    if email.strip():
        given = read_email(email)
        if given is None:
            say = t("That doesn't look like an e-mail address. Could you spell it for me?")
            return AskAgain(("email",), say)
        return account, given
    address = await _on_file(call)
    if not address:
        return AskAgain(("email",), t("Which e-mail address shall we send your bills to?"))
    return account, address


async def _on_file(call: Call) -> str:
    """Where bills go if no other address was given; empty if we know none."""
    customer = await known_customer(call)
    on_file = [c for c in customer.contacts if c.kind == "email"] if customer else []
    on_file.sort(key=lambda contact: not contact.primary)
    return on_file[0].value if on_file else ""


TOOLS = (enroll_paperless, enroll_autopay)
