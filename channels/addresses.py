"""One spelling for each address, so that a customer has one identity however they are written."""

from __future__ import annotations

import re

import phonenumbers

from contracts.errors import BadInput, UnknownChannel
from contracts.messages import Channel

MAX_ADDRESS = 320
_PREFIX = re.compile(r"^(tel|sms|whatsapp|mailto):", re.IGNORECASE)
_NUMBER = re.compile(r"^\+?[\d\s().\-/\u2010-\u2015]+$")
_SHORTEST, _LONGEST = 6, 15  # digits; 15 is what E.164 allows
_NAMED = re.compile(r".*<([^<>]*)>\s*")  # Maria Alvarez <maria@example.com>
_EMAIL = re.compile(r"[^\s@<>(),;:\"\[\]\\]{1,64}@(?:[\w-]{1,63}\.)+[\w-]{2,63}")
_LONGEST_EMAIL = 254


def channel_named(raw: str) -> Channel:
    """The channel of that name. Raises UnknownChannel."""
    try:
        return Channel(raw.strip().lower())
    except ValueError:
        known = ", ".join(Channel)
        raise UnknownChannel(f"unknown channel {_quoted(raw)}: use one of {known}") from None


def normalise(channel: Channel, raw: str, region: str) -> str:
    """The address as identity knows it: E.164 for numbers, the session's id for the web, an
    e-mail address in lower case, without the name beside it.

    `region` ("US") is for numbers written without a country. A number that the numbering
    plan doesn't know keeps its digits. Raises BadInput.
    """
    address = _PREFIX.sub("", raw.strip())
    if not address or len(address) > MAX_ADDRESS:
        raise BadInput(f"the address is empty or longer than {MAX_ADDRESS} characters")
    if channel is Channel.EMAIL:
        return _email(address)
    if channel is Channel.WEB and not address.startswith("+"):
        return _session(address)
    return _number(unify(address), region)


def unify(text: str) -> str:
    """Full-width and other digits and plus signs as plain ones."""
    return "".join(str(int(c)) if c.isdecimal() else "+" if c in "+＋" else c for c in text)


def _session(address: str) -> str:
    if not address.isprintable() or " " in address:
        raise BadInput("a web address is a session id or e-mail: no spaces or control characters")
    return address.lower() if "@" in address else address


def _email(address: str) -> str:
    named = _NAMED.fullmatch(address)
    plain = _PREFIX.sub("", (named.group(1) if named else address).strip()).lower()
    if not _EMAIL.fullmatch(plain) or len(plain) > _LONGEST_EMAIL or not plain.isprintable():
        raise BadInput(f"{_quoted(address)} is no e-mail address: write it like name@example.com")
    return plain


def _number(address: str, region: str) -> str:
    digits = re.sub(r"\D", "", address)
    if not _NUMBER.match(address) or not _SHORTEST <= len(digits) <= _LONGEST + 3:
        raise BadInput(f"{_quoted(address)} is no phone number: write it like +15035550101")
    try:
        parsed = phonenumbers.parse(address, region)
    except phonenumbers.NumberParseException:
        return _kept(digits, address)
    if phonenumbers.is_valid_number(parsed):
        return str(phonenumbers.format_number(parsed, phonenumbers.PhoneNumberFormat.E164))
    return _kept(digits, address)


def _kept(digits: str, address: str) -> str:
    """The digits of a number outside the numbering plan, such as the demo's."""
    international = digits.removeprefix("00")
    if international.startswith("0") or not _SHORTEST <= len(international) <= _LONGEST:
        raise BadInput(f"{_quoted(address)} is no phone number: write it like +15035550101")
    return f"+{international}"


def _quoted(raw: str) -> str:
    shown = "".join(c for c in raw if c.isprintable())[:40]
    return f'"{shown}"'
