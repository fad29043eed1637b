"""How figures, days and contacts are said to a customer, in one place."""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import date, datetime, timedelta
from decimal import Decimal

from contracts.messages import Channel
from contracts.records import Contact

CHANNEL_WORDS = {
    Channel.VOICE: "the phone",
    Channel.WHATSAPP: "WhatsApp",
    Channel.SMS: "text message",
    Channel.WEB: "web chat",
}
_FAR = timedelta(days=200)  # from here on a day is said with its year


def money(amount: Decimal) -> str:
    """ "$1,234.50"; a negative amount with its sign."""
    sign = "-" if amount < 0 else ""
    return f"{sign}${abs(amount):,.2f}"


def figure(amount: Decimal) -> str:
    """An amount as data: "1234.50"."""
    return f"{amount:.2f}"


def day(when: date, today: date) -> str:
    """ "December 4", with its year where that could be mistaken."""
    words = f"{when:%B} {when.day}"
    return words if abs(when - today) < _FAR else f"{words}, {when.year}"


def month(when: date) -> str:
    return f"{when:%B}"


def time_of_day(when: datetime) -> str:
    """ "9:30 PM", in the zone the time is in."""
    return f"{when.hour % 12 or 12}:{when.minute:02d} {'AM' if when.hour < 12 else 'PM'}"


def about(when: datetime, now: datetime) -> str:
    """ "about 9:30 PM", with the day where it is not today. Both in the utility's zone."""
    words = f"about {time_of_day(when)}"
    days = (when.date() - now.date()).days
    if days == 0:
        return words
    if days == 1:
        return f"{words} tomorrow"
    return f"{words} on {day(when.date(), now.date())}"


def minutes(seconds: float) -> str:
    """ "less than a minute", "about 12 minutes", "about 2 hours"."""
    whole = round(seconds / 60)
    if whole < 1:
        return "less than a minute"
    if whole < 90:
        return f"about {whole} minute{'s' if whole > 1 else ''}"
    return f"about {round(whole / 60)} hours"


def digits(text: str) -> str:
    """ "4 0 1 2": digit by digit, for the phone."""
    return " ".join(re.sub(r"\D", "", text))


def code(text: str, channel: Channel) -> str:
    """A reference number; on the phone sign by sign: "R 1 0 4 2"."""
    return " ".join(re.sub(r"[^A-Za-z0-9]", "", text)) if channel is Channel.VOICE else text


def listed(items: Sequence[str], last: str = "and") -> str:
    """ "a, b and c"."""
    if len(items) < 2:
        return "".join(items)
    return f"{', '.join(items[:-1])} {last} {items[-1]}"


def masked(contact: Contact) -> str:
    """ "the phone ending in 0101"; of an e-mail address the first letter and the domain."""
    if contact.kind == "phone":
        return f"the phone ending in {contact.value[-4:]}"
    name, _, domain = contact.value.partition("@")
    return f"the e-mail address {name[:1]}…@{domain}"


def ordinal(number: int) -> str:
    """ "1st", "22nd", "28th"."""
    ends = {} if number % 100 in {11, 12, 13} else {1: "st", 2: "nd", 3: "rd"}
    return f"{number}{ends.get(number % 10, 'th')}"


def sentence(text: str) -> str:
    """Text that ends as a sentence does."""
    text = text.strip()
    return text if not text or text[-1] in ".!?" else f"{text}."
