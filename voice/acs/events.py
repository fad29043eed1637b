"""What Azure tells of calls: that one comes in, and what happens in it."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import phonenumbers

from contracts.errors import BadInput
from gateway.wire.events import Event

_PREFIX = "Microsoft.Communication."
INCOMING = f"{_PREFIX}IncomingCall"
_PHONE = "4:"  # what begins the raw id of a number
MAX_CONTEXT = 32_768  # characters


@dataclass(frozen=True, slots=True)
class Incoming:
    """A call that waits to be answered. `caller` and `number` (ours) are E.164; empty where they
    are hidden or no numbers."""

    context: str  # what it is answered with
    caller: str
    number: str
    server_call_id: str
    at: datetime

    @property
    def call_id(self) -> str:
        """Ours: the same for an event that comes again."""
        return f"call-{hashlib.sha256(self.context.encode()).hexdigest()[:32]}"


@dataclass(frozen=True, slots=True)
class Notice:
    """Something that happened in a call. `context`: of the operation of ours that it answers."""

    id: str
    kind: str  # "CallConnected"
    at: datetime
    connection_id: str
    context: str
    code: int  # as HTTP's; 0: not told
    subcode: int  # ACS's own; its message may name who is in the call
    data: Mapping[str, Any]


def read_incoming(event: Event) -> Incoming | None:
    """None for an event of another type. Raises BadInput, saying what it lacks."""
    if event.type != INCOMING:
        return None
    context = event.data.get("incomingCallContext")
    if not isinstance(context, str) or not 0 < len(context) <= MAX_CONTEXT:
        raise BadInput("an incoming call has to have its incomingCallContext")
    return Incoming(
        context=context,
        caller=number_of(event.data.get("from")),
        number=number_of(event.data.get("to")),
        server_call_id=_text(event.data, "serverCallId"),
        at=event.at,
    )


def read_notice(event: Event) -> Notice | None:
    """None for an event that is none of a call's. Raises BadInput."""
    if not event.type.startswith(_PREFIX):
        return None
    result = event.data.get("resultInformation")
    told: Mapping[str, Any] = result if isinstance(result, dict) else {}
    code, subcode = told.get("code"), told.get("subCode")
    return Notice(
        id=event.id,
        kind=event.type.removeprefix(_PREFIX),
        at=event.at,
        connection_id=_text(event.data, "callConnectionId"),
        context=_text(event.data, "operationContext"),
        code=code if isinstance(code, int) else 0,
        subcode=subcode if isinstance(subcode, int) else 0,
        data=event.data,
    )


def number_of(identifier: object) -> str:
    """The number in a communication identifier as E.164; empty for a hidden one and for anybody
    who has none."""
    if not isinstance(identifier, dict):
        return ""
    phone = identifier.get("phoneNumber")
    value = phone.get("value") if isinstance(phone, dict) else None
    raw = identifier.get("rawId")
    if not isinstance(value, str) and isinstance(raw, str) and raw.startswith(_PHONE):
        value = raw.removeprefix(_PHONE)
    return e164(value) if isinstance(value, str) else ""


def e164(value: str) -> str:
    """As E.164 writes it; empty for what is no number with its country, such as the +266696687 (it
    spells ANONYMOUS) that some networks send for all who hide theirs."""
    written = value.strip()
    try:
        parsed = phonenumbers.parse(written if written.startswith("+") else f"+{written}")
    except phonenumbers.NumberParseException:
        return ""
    if not phonenumbers.is_possible_number(parsed):
        return ""
    return str(phonenumbers.format_number(parsed, phonenumbers.PhoneNumberFormat.E164))


def raw_ids(data: Mapping[str, Any]) -> set[str]:
    """Who is in the call, of a ParticipantsUpdated."""
    people = data.get("participants")
    listed = people if isinstance(people, list) else []
    found = [it.get("identifier") for it in listed if isinstance(it, dict)]
    return {str(it["rawId"]) for it in found if isinstance(it, dict) and it.get("rawId")}


def masked(raw_id: str) -> str:
    """A participant as an operator may read it."""
    if raw_id.startswith(_PHONE):
        return f"a phone ending in {raw_id[-4:]}"
    return "an application or user of Azure's"


def _text(data: Mapping[str, Any], key: str) -> str:
    found = data.get(key)
    return found if isinstance(found, str) else ""
