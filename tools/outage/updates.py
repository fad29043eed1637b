"""News of an outage without asking: a message, or a call, when the estimate changes and when it is
over."""

from __future__ import annotations

from contracts.identity import Rung
from contracts.language import marked, t
from contracts.messages import Card, Channel, Choice, Choices
from contracts.records import Customer, Outage, Premise, Subscription
from contracts.tooling import AskAgain, Call, Cannot, Done, Effect
from tools import speech
from tools.arguments import read_channel
from tools.common import known_customer, own_premise
from tools.outage.links import outage_link
from tools.reach import Route, route_by_call, route_to
from tools.toolkit import tool

_WILL_WRITE = marked(
    "Done. I'll write to {contact} by {way} when the estimate for {street} changes, "
    "and when service is back."
)
_WILL_CALL = marked(
    "Done. We'll call {contact} when the estimate for {street} changes, and when service is back, "
    "at night as well."
)
_WAYS = (Channel.SMS, Channel.WHATSAPP, Channel.EMAIL)


@tool(
    effect=Effect.WRITE,
    rung=Rung.RECOGNISED,
    grants=("outage",),
    step=marked("Signing you up for updates"),
)
async def subscribe_outage_updates(
    call: Call, notification_method: str = ""
) -> Done | AskAgain | Cannot:
    """Have the customer told by message, or by a call from us, when the estimate for the outage at
    their address changes and when service is back. Only on a contact on file that agreed to that.

    Args:
        notification_method: "sms", "whatsapp", "email" or "voice", if the customer said which.
    """
    premise = await own_premise(call, None)
    if isinstance(premise, AskAgain | Cannot):
        return premise
    outage = await call.services.records.outages.at_premise(premise)
    if outage is None:
        return Cannot(
            "no_outage",
            t(
                "I see no outage at {street}, so there's nothing to keep you posted on.",
                street=premise.street,
            ),
            t("If your service is out, I can report it for you."),
        )
    customer = await known_customer(call)
    if customer is None:
        return AskAgain(("account_number",), t("I need your account number to sign you up."))
    route = await _route(call, customer, notification_method)
    return (
        route
        if isinstance(route, AskAgain | Cannot)
        else await _follow(call, outage, premise, route)
    )


async def _route(call: Call, customer: Customer, method: str) -> Route | AskAgain | Cannot:
    """Where to write to: as asked, else where there is just one way, or by this very channel. A
    call is for who asks for one, and for who agreed to nothing else."""
    possible = {
        way: route
        for way in _WAYS
        if (route := route_to(customer, way, current=call.channel, address=call.address))
    }
    wanted = read_channel(method) if method else None
    if wanted is Channel.VOICE or not possible:
        by_call = await _by_call(call, customer)
        if by_call is not None and wanted in (None, Channel.VOICE):
            return by_call
    if not possible:
        return Cannot(
            "no_contact",
            t("I have no number on file that agreed to messages from us."),
            t("You can ask me for news at any time."),
        )
    if wanted is None and call.channel in possible:
        return possible[call.channel]
    if isinstance(wanted, Channel):
        return possible.get(wanted) or _elsewhere(wanted, list(possible))
    if len(possible) > 1:
        possible.pop(Channel.EMAIL, None)  # read too late for news, where there is another way
    if len(possible) == 1 and not method:
        return next(iter(possible.values()))
    ways = tuple(Choice(id=way.value, label=speech.channel_words(way)) for way in possible)
    choices = Choices(prompt=marked("How shall I keep you posted?"), options=ways)
    ask = t("Shall I keep you posted by {ways}?", ways=_either(list(possible)))
    return AskAgain(("notification_method",), ask, (choices,))


async def _by_call(call: Call, customer: Customer) -> Route | None:
    """A phone of theirs alone: whoever else has it on file would hear of this one's outage."""
    route = route_by_call(customer, call.address) if call.services.calls else None
    if route is None:
        return None
    customers = call.services.records.customers
    owner = await customers.by_contact(Channel.VOICE, route.contact.value)
    return route if owner and owner.customer_id == customer.customer_id else None


def _elsewhere(wanted: Channel, possible: list[Channel]) -> Cannot:
    if wanted is Channel.VOICE:
        reason, say = "no_calls", t("I can't call you with updates.")
    elif wanted is Channel.WEB:
        reason, say = "no_contact", t("I can't reach you in the web chat once you've left it.")
    else:
        reason = "no_contact"
        say = t(
            "I have no contact on file that I may write to by {way}.",
            way=speech.channel_words(wanted),
        )
    instead = t("Shall I keep you posted by {ways} instead?", ways=_either(possible))
    return Cannot(reason, say, instead)


def _either(possible: list[Channel]) -> str:
    return speech.listed([speech.channel_words(way) for way in possible], "or")


async def _follow(call: Call, outage: Outage, premise: Premise, route: Route) -> Done:
    records, by_call = call.services.records, route.carrier is Channel.VOICE
    if by_call:  # who asks for calls has them again
        await records.opt_outs.start(Channel.VOICE, route.contact.value)
    await records.outages.subscribe(
        Subscription(
            outage_id=outage.outage_id,
            customer_id=call.customer_id,
            channel=route.carrier,
            address=route.contact.value,
            told=outage.revisions,
            at=call.services.clock.now(),
        )
    )
    way, who = speech.channel_words(route.carrier), speech.masked(route.contact)
    data = {"outage_id": outage.outage_id, "channel": route.carrier.value, "to": who}
    rows = (
        (marked("Outage at"), premise.street),
        (marked("By"), way),
        (marked("To"), who),
    )
    say = t(_WILL_CALL if by_call else _WILL_WRITE, contact=who, way=way, street=premise.street)
    card = Card(card="updates", title=marked("Outage updates"), rows=rows, data=data)
    fact = {"outage_updates": {"id": outage.outage_id, "channel": route.carrier.value}}
    return Done(data, say, (card, *await outage_link(call, outage)), fact)


TOOLS = (subscribe_outage_updates,)
