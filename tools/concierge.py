"""The front desk's own tools: who the customer is, where they live, a call-back, the hand-offs."""

from __future__ import annotations

from datetime import datetime, timedelta

import phonenumbers

from contracts.identity import Proof, Rung
from contracts.language import marked, plural, t
from contracts.messages import Card, Channel
from contracts.records import Case
from contracts.tooling import AskAgain, Call, Cannot, Done, Effect, GoTo, Verified
from tools import proof, speech
from tools.arguments import Money, YesNo
from tools.common import go_to, known_customer, local, local_now, own_premise
from tools.dates import read_moment
from tools.reach import contact_for_number, same_number
from tools.spanish import in_english
from tools.toolkit import OwnAccount, tool

_ASK_PROOF = marked(
    "Please give me one of these: your ZIP code, your date of birth, "
    "or the last four digits of your Social Security number."
)
_VERIFIED = marked("Thank you, that's all I needed. You're verified.")
_WHEN = marked("When should we call? For example, tomorrow at 3 PM.")
_FARTHEST = timedelta(days=30)
_SOON = "as soon as possible"  # in the case, where no time was named
_CASES_READ = 20  # the newest, among which an open call-back is looked for


@tool(
    effect=Effect.READ,
    rung=Rung.ANONYMOUS,
    grants=("concierge",),
    step=marked("Checking that it's you"),
    secret=("account_number", "verification_value"),
)
async def verify_customer_identity(
    call: Call,
    account_number: str,
    verification_method: str | None = None,
    verification_value: str | None = None,
) -> Verified | AskAgain | Cannot:
    """Check who the customer is: their account number and one thing on file. Never make up
    either; ask for them.

    Args:
        account_number: The account number as the customer gave it, 10 digits.
        verification_method: "zip", "date_of_birth" or "ssn_last4"; may be left out.
        verification_value: The ZIP code, date of birth or last four of the SSN they gave.
    """
    number = proof.spoken_digits(account_number)
    subjects = (f"account:{number}", f"address:{call.channel.value}:{call.address}")
    if until := await call.services.attempts.locked_until(*subjects):
        return _locked(call, until)
    if len(number) != proof.ACCOUNT_DIGITS:
        return AskAgain(("account_number",), _ask_number(call, number))
    given = proof.read_proof(verification_value or "")
    if given is None:
        return AskAgain(("verification_value",), _ask_proof(verification_method))
    customer_id = await _customer_of(call, number, given)
    if customer_id is None:
        return await _wrong(call, number, subjects)
    await call.services.attempts.right(*subjects)
    return Verified(customer_id, Proof.FACT.rung, _VERIFIED)


@tool(
    effect=Effect.READ,
    rung=Rung.RECOGNISED,
    grants=("concierge", "outage"),
    step=marked("Looking up your address"),
)
async def get_service_address(
    call: Call, account_number: OwnAccount = None
) -> Done | AskAgain | Cannot:
    """Look up the address the customer is served at: the whole of it once they are verified,
    before that only the street."""
    premise = await own_premise(call, None)
    if isinstance(premise, AskAgain | Cannot):
        return premise
    place = premise.address if call.rung >= Rung.VERIFIED else premise.street
    return Done({"service_address": place}, t("Your service address is {place}.", place=place))


@tool(
    effect=Effect.WRITE,
    rung=Rung.ANONYMOUS,
    grants=("concierge",),
    step=marked("Arranging a call-back"),
    secret=("phone_number",),
)
async def schedule_callback(
    call: Call, preferred_time: str = "", phone_number: str | None = None
) -> Done | AskAgain | Cannot:
    """Have one of our people call the customer back; or change when or where, if they are waiting
    for a call already.

    Args:
        preferred_time: When, in the customer's words ("tomorrow at 3 PM"); empty: soon.
        phone_number: The number to call; leave out to use theirs.
    """
    booked = await _open_callback(call)
    phone = (
        booked.details["phone"]
        if booked and not phone_number
        else await _callback_number(call, phone_number)
    )
    if phone is None:
        return AskAgain(("phone_number",), t("Which phone number should we call?"))
    when = (
        _time_of(booked)
        if booked and not preferred_time.strip()
        else _callback_time(call, preferred_time)
    )
    if isinstance(when, AskAgain):
        return when
    details = {"phone": phone, "when": when.isoformat() if when else _SOON}
    if booked and (
        moved := await call.services.records.cases.change(booked.case_id, details=details)
    ):
        return _callback_done(call, moved.case_id, phone, when)
    case = await call.services.records.cases.open(
        key=call.key,
        kind="callback",
        customer_id=call.customer_id,
        channel=call.channel,
        reason="asked to be called back",
        priority="normal",
        summary=call.summary,
        details=details,
        at=call.services.clock.now(),
    )
    return _callback_done(call, case.case_id, phone, when)


@tool(
    effect=Effect.HANDOFF,
    rung=Rung.ANONYMOUS,
    grants=("concierge", "outage", "service", "usage"),
    step=marked("Handing you to billing"),
    goes_to="billing",
)
async def handoff_billing_agent(
    call: Call, reason: str = "", current_balance: Money | None = None
) -> GoTo:
    """Hand over to billing: bills, payments, charges, plans, credits, help with paying.

    Args:
        reason: What the customer wants of billing.
        current_balance: What they owe, if a tool said so.
    """
    return go_to("billing", reason or "about a bill", current_balance=current_balance)


@tool(
    effect=Effect.HANDOFF,
    rung=Rung.ANONYMOUS,
    grants=("concierge",),
    step=marked("Handing you to outages"),
    goes_to="outage",
)
async def handoff_outage_agent(
    call: Call, service_address: str = "", outage_type: str = "", is_emergency: YesNo = False
) -> GoTo:
    """Hand over to outages: no power, no gas, a gas smell, a wire down, when it comes back.

    Args:
        service_address: Where it is, if the customer said so.
        outage_type: "electric", "gas", or what they noticed.
        is_emergency: Whether anybody may be in danger.
    """
    return go_to(
        "outage",
        "an emergency" if is_emergency else "an outage",
        service_address=service_address,
        outage_type=outage_type,
        is_emergency=is_emergency,
    )


@tool(
    effect=Effect.HANDOFF,
    rung=Rung.ANONYMOUS,
    grants=("concierge",),
    step=marked("Handing you to service"),
    goes_to="service",
)
async def handoff_service_agent(
    call: Call, service_type: str = "", move_date: str = "", new_address: str = ""
) -> GoTo:
    """Hand over to service: starting, stopping or moving service, appointments, contact details.

    Args:
        service_type: What they want: start, stop, move, an appointment, ...
        move_date: When, in the customer's words.
        new_address: Where to, if they said so.
    """
    return go_to(
        "service",
        service_type or "about their service",
        service_type=service_type,
        move_date=move_date,
        new_address=new_address,
    )


@tool(
    effect=Effect.HANDOFF,
    rung=Rung.ANONYMOUS,
    grants=("concierge",),
    step=marked("Handing you to usage"),
    goes_to="usage",
)
async def handoff_usage_agent(call: Call, concern: str = "") -> GoTo:
    """Hand over to usage: consumption, meters, rates, saving energy, solar, rebates.

    Args:
        concern: What the customer wonders about.
    """
    return go_to("usage", concern or "about their usage", concern=concern)


async def _customer_of(call: Call, number: str, given: proof.Proof) -> str | None:
    """Whose account it is, if the proof holds. The same look-ups run for an unknown number."""
    records = call.services.records
    customer = await records.customers.by_account(number)
    account = await records.accounts.get(number)
    premise = await records.accounts.premise(account.premise_id if account else "none")
    # Somebody may call from another customer's phone: what they prove is who they are.
    holds = proof.matches(given, customer, premise)
    return customer.customer_id if customer and holds else None


async def _wrong(call: Call, number: str, subjects: tuple[str, str]) -> AskAgain | Cannot:
    left = await call.services.attempts.wrong(*subjects)
    if left <= 0:
        until = await call.services.attempts.locked_until(*subjects)
        return _locked(call, until)
    wrong = t("I'm sorry, that doesn't match what we have on file.")
    again = plural("You can try once more.", "You can try {count} more times.", left)
    said = [wrong, again]
    if call.channel is Channel.VOICE:
        said.insert(0, t("I heard account number {number}.", number=speech.digits(number)))
    return AskAgain(("account_number", "verification_value"), " ".join(said))


def _locked(call: Call, until: str | None) -> Cannot:
    say = t("For security, I can't check any more details for now. Please try again in a while.")
    if until:
        ends = local(call, datetime.fromisoformat(until)) + timedelta(seconds=59)
        say = t(
            "For security, I can't check any more details for now. Please try again after {hour}.",
            hour=speech.hour(ends),
        )
    return Cannot("locked", say, t("Or I can get you a person."))


def _ask_number(call: Call, number: str) -> str:
    ask = t("Your account number has 10 digits; it's at the top of your bill. What is it?")
    if call.channel is not Channel.VOICE or not number:
        return ask
    heard = t("I heard {number}.", number=speech.digits(number))
    return f"{heard} {ask}"


def _ask_proof(method: str | None) -> str:
    again = t("I couldn't make that out.") if method else ""
    return f"{again} {t(_ASK_PROOF)}".strip()


async def _open_callback(call: Call) -> Case | None:
    """The call-back this customer waits for: one at a time, so a new wish changes it."""
    cases = await call.services.records.cases.of(call.customer_id, _CASES_READ)
    return next((c for c in cases if c.kind == "callback" and c.status == "open"), None)


def _time_of(booked: Case) -> datetime | None:
    when = str(booked.details["when"])
    return None if when == _SOON else datetime.fromisoformat(when)


async def _callback_number(call: Call, given: str | None) -> str | None:
    """The number to call: one that was named, the one they are on, or one on file."""
    customer = await known_customer(call)
    contacts = customer.contacts if customer else ()
    if given:
        on_file = contact_for_number(contacts, given)
        return on_file.value if on_file else _read_phone(call, given)
    if call.channel is not Channel.WEB and call.address.startswith("+"):
        return call.address
    phones = [c for c in contacts if c.kind == "phone"]
    return min(phones, key=lambda c: not c.primary).value if phones else None


def _read_phone(call: Call, text: str) -> str | None:
    if same_number(text, call.address):
        return call.address
    try:
        number = phonenumbers.parse(text, call.services.scenario.brand.region)
    except phonenumbers.NumberParseException:
        return None
    if not phonenumbers.is_valid_number(number):
        return None
    written: str = phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164)
    return written


def _callback_time(call: Call, text: str) -> datetime | AskAgain | None:
    """The moment wanted; None for as soon as possible."""
    soon = {"", "now", "soon", "asap", "as soon as possible", "right away", "anytime", "any time"}
    if in_english(text).strip().lower() in soon:
        return None
    now = local_now(call)
    when = read_moment(text, now)
    if when is None:
        return AskAgain(("preferred_time",), t(_WHEN))
    if not now < when <= now + _FARTHEST:
        return AskAgain(("preferred_time",), t("Please pick a time in the next 30 days."))
    return when


def _callback_done(call: Call, case_id: str, phone: str, when: datetime | None) -> Done:
    soon = t("as soon as somebody is free")
    at, digits = speech.about(when, local_now(call)) if when else soon, phone[-4:]
    data = {
        "case": case_id,
        "phone_ending_in": digits,
        "when": when.isoformat() if when else _SOON,
    }
    rows = (
        (marked("When"), at),
        (marked("Phone"), t("ending in {digits}", digits=digits)),
        (marked("Case"), case_id),
    )
    card = Card(card="case", title=marked("Call-back"), rows=rows, data=data)
    say = t(
        "Done. One of our people will call the number ending in {digits}, {when}.",
        digits=digits,
        when=at,
    )
    return Done(data, say, (card,), {"callback": data})


TOOLS = (
    verify_customer_identity,
    get_service_address,
    schedule_callback,
    handoff_billing_agent,
    handoff_outage_agent,
    handoff_service_agent,
    handoff_usage_agent,
)
