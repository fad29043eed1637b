"""Whether the channels are sound: their numbers and addresses, and how providers know them."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator
from uuid import UUID

import phonenumbers

from channels.numbers.problem import MAX_NAME, Problem, bad_id, bad_text, listed, shown
from contracts.messages import MAX_ID, Channel
from contracts.records import ChannelEntry, Configuration
from contracts.scenario import Scenario

CARRIED = {  # what a provider carries
    "acs": (Channel.VOICE, Channel.WHATSAPP, Channel.SMS, Channel.EMAIL),
    "infobip": (Channel.WHATSAPP, Channel.SMS),
}
MAX_EMAIL = 254
_EMAIL = re.compile(
    r"[^\s@<>()\",:;\\\[\]]{1,64}@(?:[a-z0-9](?:[a-z0-9-]*[a-z0-9])?\.)+[a-z0-9-]{2,}"
)


def problems(configuration: Configuration, scenario: Scenario) -> Iterator[Problem]:
    for channel in configuration.channels:
        yield from bad_id("channel", channel.channel_id)
        yield from _texts(channel)
        yield from _carried(channel, scenario)
        yield from _address(channel)
    yield from _numbers_once(configuration)
    yield from _registrations_once(configuration)


def is_email(address: str) -> bool:
    """Whether it is an e-mail address in lower case."""
    plain = address == address.lower() and len(address) <= MAX_EMAIL
    return plain and bool(_EMAIL.fullmatch(address))


def is_e164(number: str) -> bool:
    """Whether it is a number as E.164 writes it, of a length that its country has."""
    try:
        parsed = phonenumbers.parse(number)
    except phonenumbers.NumberParseException:
        return False
    plain = phonenumbers.format_number(parsed, phonenumbers.PhoneNumberFormat.E164)
    return bool(plain == number and phonenumbers.is_possible_number(parsed))


def _texts(channel: ChannelEntry) -> Iterator[Problem]:
    named = channel.channel_id
    yield from bad_text("channel", named, "name", channel.name, most=MAX_NAME, needed=True)
    yield from bad_text("channel", named, "business_name", channel.business_name, most=MAX_NAME)
    yield from bad_text(
        "channel", named, "registration_id", channel.registration_id, most=MAX_ID, needed=True
    )


def _carried(channel: ChannelEntry, scenario: Scenario) -> Iterator[Problem]:
    named, able = shown(channel.channel_id), CARRIED[channel.provider]
    if channel.type not in able:
        one_of = listed(tuple(kind.value for kind in able))
        yield _wrong(
            channel,
            "type",
            f"The channel {named} can't be {channel.type} with {channel.provider}, which carries "
            f"{one_of}: change the type or the provider.",
        )
    if channel.scenario and channel.scenario != scenario.name:
        yield _wrong(
            channel,
            "scenario",
            f'The scenario "{shown(channel.scenario)}" of the channel {named} is not the one that '
            f"runs here: leave it empty or enter {scenario.name}.",
        )
    if channel.speech and channel.type is not Channel.VOICE:
        yield _wrong(
            channel,
            "speech",
            f"The channel {named} takes no calls: leave empty what hears and speaks, or change the "
            "type to voice.",
        )
    if channel.provider == "acs" and channel.type is Channel.WHATSAPP:
        yield from _guid(channel)


def _guid(channel: ChannelEntry) -> Iterator[Problem]:
    try:
        UUID(channel.registration_id)
    except ValueError:
        yield Problem(
            kind="channel",
            id=channel.channel_id,
            field="registration_id",
            message=(
                f"The registration id of the channel {shown(channel.channel_id)} does not look "
                "like one of Azure's, such as 9f1c2b1e-5a0f-4c39-9a3e-6f0e8a2d0c01: copy it from "
                "the WhatsApp channel's page in the Azure portal."
            ),
            severity="warning",
        )


def _address(channel: ChannelEntry) -> Iterator[Problem]:
    named, number = shown(channel.channel_id), shown(channel.number)
    if channel.type is Channel.EMAIL:
        if not is_email(channel.number):
            yield _wrong(
                channel,
                "number",
                f'"{number}" of the channel {named} is no e-mail address in lower case: write it '
                "like care@example.com.",
            )
    elif not is_e164(channel.number):
        yield _wrong(
            channel,
            "number",
            f'"{number}" of the channel {named} is no number as E.164 writes it: a plus, the '
            "country and the number without spaces, such as +15035550100.",
        )


def _numbers_once(configuration: Configuration) -> Iterator[Problem]:
    active = [channel for channel in configuration.channels if channel.active]
    for number, of in _shared(active, lambda channel: channel.number):
        others = listed(tuple(shown(channel.channel_id) for channel in of))
        yield _wrong(
            of[-1],
            "number",
            f"{shown(number)} is in more than one active channel ({others}): switch all but one "
            "off, or correct the number.",
        )


def _registrations_once(configuration: Configuration) -> Iterator[Problem]:
    given = [channel for channel in configuration.channels if channel.registration_id.strip()]
    for _, of in _shared(given, lambda it: f"{it.provider}:{it.registration_id.lower()}"):
        others = listed(tuple(shown(channel.channel_id) for channel in of))
        yield _wrong(
            of[-1],
            "registration_id",
            f"The channels {others} have the same registration id at {of[0].provider}: each "
            "needs its own; copy it from the provider's page once more.",
        )


def _shared(
    channels: Iterable[ChannelEntry], key: Callable[[ChannelEntry], str]
) -> Iterator[tuple[str, list[ChannelEntry]]]:
    groups: dict[str, list[ChannelEntry]] = defaultdict(list)
    for channel in channels:
        groups[key(channel)].append(channel)
    return ((value, of) for value, of in groups.items() if len(of) > 1)


def _wrong(channel: ChannelEntry, field: str, message: str) -> Problem:
    return Problem(kind="channel", id=channel.channel_id, field=field, message=message)
