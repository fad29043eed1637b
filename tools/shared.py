"""Tools every agent holds: the account, a person, the lines, another channel, the concierge."""

from __future__ import annotations

from typing import Annotated, Any

from contracts.identity import Rung
from contracts.language import marked, t
from contracts.messages import Card, Channel
from contracts.ports import QueueState
from contracts.records import Customer
from contracts.tooling import Call, Cannot, Done, Effect, GoTo, MoveTo, Offered, PutThrough
from tools import person, reach, speech
from tools.arguments import Priority, TargetChannel
from tools.common import go_to, known_customer, own_account
from tools.service import bookings
from tools.toolkit import EVERY_AGENT, WANTED, OwnAccount, tool

_NO_CALLS = Cannot(
    "no_calls",
    marked("I can't move us to a phone call, but I can have someone call you back."),
)
_AS_YOU_LIKE = marked("You can hang up now, or stay on the line if there's anything else I can do.")
_NOT_ON_FILE = Cannot("not_on_file", marked("I can only write to a number that's on your account."))


@tool(
    effect=Effect.READ,
    rung=Rung.VERIFIED,
    grants=EVERY_AGENT,
    step=marked("Looking up your account"),
)
async def get_account_info(call: Call, account_number: OwnAccount = None) -> Done | Cannot:
    """Look up the customer's profile: name, service address, rate plan, autopay, paperless
    billing, contact preferences, and open orders and appointments. Contacts come masked."""
    account = await own_account(call)
    if isinstance(account, Cannot):
        return account
    records = call.services.records
    customer = await records.customers.get(account.customer_id)
    premise = await records.accounts.premise(account.premise_id)
    place = premise.address if premise else ""
    ahead = await bookings.open_bookings(call)
    data = {
        "account_ending_in": account.account_number[-4:],
        "service_address": place,
        "rate_plan": account.rate_plan,
        "autopay": account.autopay,
        "paperless": account.paperless,
        "customer_since": account.opened.isoformat(),
        "open_orders_and_appointments": [bookings.data_of(call, booking) for booking in ahead],
        **(_profile(customer) if customer else {}),
    }
    said = [
        t(
            "Your account ending in {digits} is at {place}, on the {plan} plan.",
            digits=account.account_number[-4:],
            place=place,
            plan=t(account.rate_plan),
        ),
        t("Autopay is on.") if account.autopay else t("Autopay is off."),
    ]
    if ahead:
        said.append(t("Coming up: {bookings}.", bookings=bookings.listed_said(call, ahead)))
    facts = {"account": {"rate_plan": account.rate_plan, "autopay": account.autopay}}
    coming = [(bookings.when(call, held), bookings.what(held)) for held in ahead]
    return Done(data, " ".join(said), (_account_card(data, coming),), facts)


@tool(
    effect=Effect.WRITE,
    rung=Rung.ANONYMOUS,
    grants=EVERY_AGENT,
    step=marked("Finding you a person"),
)
async def escalate_human(
    call: Call, reason: str = "", priority: Priority = "normal"
) -> Done | PutThrough | Cannot:
    """Put the customer in line for a human agent, with everything said so far. Use it when they
    ask for a person, or when nothing else helps.

    Args:
        reason: Why a person is needed, in a few words.
        priority: "high" if it can't wait, otherwise "normal".
    """
    case = await person.escalation(call) or await call.services.records.cases.open(
        key=call.key,
        kind="escalation",
        customer_id=call.customer_id,
        channel=call.channel,
        reason=reason or "asked for a person",
        priority=priority,
        summary=call.summary,
        details={"agent": call.agent, "facts": dict(call.facts)},
        at=call.services.clock.now(),
    )
    if await person.takes_calls(call):
        return await person.put_through(call, case)
    return await person.in_line(call, case)


@tool(
    effect=Effect.READ,
    rung=Rung.ANONYMOUS,
    grants=EVERY_AGENT,
    step=marked("Checking the lines"),
)
async def check_queue_status(call: Call) -> Done:
    """See how many people wait for a human agent on each channel, and for how long."""
    lines = await call.services.queues.snapshot()
    data = {
        channel.value: {
            "waiting": line.depth,
            "wait_minutes": round(line.wait_s / 60),
            "agents": line.agents,
        }
        for channel, line in lines.items()
    }
    rows = tuple(
        (
            _title(channel),
            t("{wait}, {count} waiting", wait=speech.minutes(line.wait_s), count=line.depth),
        )
        for channel, line in lines.items()
    )
    card = Card(card="queues", title=marked("Waiting times"), rows=rows, data=data)
    return Done({"queues": data}, _lines_said(lines, call.channel), (card,))


@tool(
    effect=Effect.WRITE,
    rung=Rung.ANONYMOUS,
    grants=EVERY_AGENT,
    step=marked("Seeing where we could go on"),
)
async def offer_channel_switch(
    call: Call,
    *,
    reason: Annotated[str, WANTED] = "",
    preferred_channel: TargetChannel,
    conversation_summary: Annotated[str, WANTED] = "",
    collected_info: dict[str, Any] | None = None,
) -> Offered | Cannot:
    """Offer to go on with this conversation on another channel. Only an offer: nothing moves
    until the customer says yes.

    Args:
        reason: Why moving helps the customer.
        preferred_channel: The channel to offer.
        conversation_summary: What was covered so far, in a sentence or two.
        collected_info: What the customer told us already.
    """
    found = await _destination(call, preferred_channel)
    if isinstance(found, Cannot):
        return found
    _, route = found
    say = t(
        "Would you like to go on by {way}? I'd write to {contact}, "
        "and you won't have to repeat anything.",
        way=speech.channel_words(preferred_channel),
        contact=speech.masked(route.contact),
    )
    return Offered(preferred_channel, reason, say)


@tool(
    effect=Effect.WRITE,
    rung=Rung.ANONYMOUS,
    grants=EVERY_AGENT,
    step=marked("Moving our conversation"),
    secret=("customer_phone",),
)
async def execute_channel_handoff(
    call: Call,
    target_channel: TargetChannel,
    handoff_message: Annotated[str, WANTED] = "",
    customer_phone: str | None = None,
    end_call_message: str | None = None,
) -> MoveTo | Cannot:
    """Move the conversation to another channel once the customer agreed: sends them a message
    there. It only ever goes to a contact on file.

    Args:
        target_channel: Where the conversation goes on.
        handoff_message: What this conversation settled and left open, as written to the customer;
            of a phone call we write what its tools settled.
        customer_phone: Which of the customer's numbers on file to use, if they named one.
        end_call_message: What to say before the phone call ends, if the customer agreed to end it.
    """
    found = await _destination(call, target_channel, customer_phone)
    if isinstance(found, Cannot):
        return found
    customer, route = found
    message = _handoff_text(call, customer, _left_off(call, handoff_message))
    await call.services.notifier.send(
        key=f"{call.key}:handoff",
        customer_id=call.customer_id,
        channel=route.carrier,
        address=route.contact.value,
        text=message + await _way_in(call, target_channel),
        purpose="handoff",
    )
    sent = t(
        "I've sent a message to {contact}; we'll go on there.",
        contact=speech.masked(route.contact),
    )
    say = sent if call.channel is not Channel.VOICE else f"{sent} {_on_the_line(end_call_message)}"
    ends = bool(end_call_message) and call.channel is Channel.VOICE
    return MoveTo(target_channel, route.contact.value, message, say, ends)


@tool(
    effect=Effect.HANDOFF,
    rung=Rung.ANONYMOUS,
    grants=EVERY_AGENT,
    step=marked("Taking you back to the front desk"),
    goes_to="concierge",
)
async def handoff_concierge(
    call: Call, previous_topic: str = "", resolution_summary: str = ""
) -> GoTo:
    """Hand the conversation back to the concierge: the topic is settled, or it is none of yours.

    Args:
        previous_topic: What it was about.
        resolution_summary: How it was settled.
    """
    return go_to(
        "concierge",
        previous_topic or "back to the concierge",
        previous_topic=previous_topic,
        resolution_summary=resolution_summary,
    )


def _profile(customer: Customer) -> dict[str, Any]:
    return {
        "name": customer.name,
        "language": customer.language,
        "contacts": [
            {"contact": speech.masked(c), "channels": [ch.value for ch in c.channels]}
            for c in customer.contacts
        ],
    }


def _account_card(data: dict[str, Any], coming: list[tuple[str, str]]) -> Card:
    rows = (
        (marked("Name"), data.get("name", "")),
        (marked("Service address"), data["service_address"]),
        (marked("Rate plan"), data["rate_plan"]),
        (marked("Autopay"), marked("on") if data["autopay"] else marked("off")),
        (marked("Paperless billing"), marked("on") if data["paperless"] else marked("off")),
        *coming,
    )
    return Card(
        card="account", title=marked("Your account"), rows=tuple(r for r in rows if r[1]), data=data
    )


def _title(channel: Channel) -> str:
    words = _by(channel)
    return words[0].upper() + words[1:]


def _lines_said(lines: dict[Channel, QueueState], here: Channel) -> str:
    if not lines:
        return t("Nobody is waiting for a person right now.")
    ordered = sorted(lines.values(), key=lambda line: line.channel is not here)
    alike = {speech.minutes(line.wait_s) for line in ordered}
    if len(ordered) > 1 and len(alike) == 1:
        return t("The wait for a person is {wait}, whichever way you reach us.", wait=alike.pop())
    waits = [
        t("{wait} by {way}", wait=speech.minutes(line.wait_s), way=_by(line.channel))
        for line in ordered
    ]
    return t("The wait for a person is {waits}.", waits=speech.listed(waits))


def _by(channel: Channel) -> str:
    return speech.channel_words(channel).removeprefix("the ")


async def _destination(
    call: Call, target: Channel, number: str | None = None
) -> tuple[Customer, reach.Route] | Cannot:
    """Who to write to and where, or why not."""
    if target is Channel.VOICE:
        return _NO_CALLS
    if target is call.channel:
        already = t("We're on {way} already.", way=speech.channel_words(target))
        return Cannot("same_channel", already)
    customer = await known_customer(call)
    if customer is not None and number:
        named = reach.contact_for_number(customer.contacts, number)
        if named is None:
            return _NOT_ON_FILE
        customer = customer.model_copy(update={"contacts": (named,)})
    if customer is not None:
        route = reach.route_to(customer, target, current=call.channel, address=call.address)
        if route is not None:
            return customer, route
    return Cannot(
        "no_contact",
        t(
            "I have no contact on file that I may write to, so we can't go on by {way}.",
            way=speech.channel_words(target),
        ),
    )


def _left_off(call: Call, message: str) -> str:
    """Of a call, what it settled: that stands in the records, whatever a model makes of it."""
    if call.channel is not Channel.VOICE or not call.settled:
        return message
    return t("From our call: {text}", text=call.settled)


def _handoff_text(call: Call, customer: Customer, message: str) -> str:
    brand = call.services.scenario.brand.name
    hello = t("Hi {name}, this is {brand}.", name=customer.first_name, brand=brand)
    return f"{hello} {speech.sentence(reach.tidy(message))}".strip()


def _on_the_line(end_call_message: str | None) -> str:
    """What a caller is told who goes on elsewhere: the call ends only as they like."""
    return speech.sentence(end_call_message) if end_call_message else t(_AS_YOU_LIKE)


async def _way_in(call: Call, target: Channel) -> str:
    if target is not Channel.WEB:
        return " " + t("Just reply here and we'll go on where we left off.")
    # It reaches only who holds a contact on file, which is what makes a link worth VERIFIED.
    url = await call.services.links.issue(call.customer_id, rung=Rung.VERIFIED)
    return " " + t("Go on where we left off: {url}", url=url)


TOOLS = (
    get_account_info,
    escalate_human,
    check_queue_status,
    offer_channel_switch,
    execute_channel_handoff,
    handoff_concierge,
)
