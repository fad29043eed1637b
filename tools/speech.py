"""How figures, days and contacts are said to a customer, in the language spoken, in one place."""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import date, datetime, timedelta
from decimal import Decimal

from babel.dates import format_date, format_time

from contracts.language import ENGLISH, SPANISH, marked, plural, spoken, t
from contracts.messages import Channel
from contracts.records import Contact

CHANNEL_WORDS = {
    Channel.VOICE: marked("the phone"),
    Channel.WHATSAPP: marked("WhatsApp"),
    Channel.SMS: marked("text message"),
    Channel.WEB: marked("web chat"),
    Channel.EMAIL: marked("e-mail"),
}
_FAR = timedelta(days=200)  # from here on a day is said with its year
_DAY = {ENGLISH: "MMMM d", SPANISH: "d 'de' MMMM"}
_DAY_AND_YEAR = {ENGLISH: "MMMM d, y", SPANISH: "d 'de' MMMM 'de' y"}
_SHORT_DAY = {ENGLISH: "MMM d", SPANISH: "d MMM"}
_MONTH_AND_YEAR = {ENGLISH: "MMMM y", SPANISH: "MMMM 'de' y"}
# "Agua y luz" but "gas e internet", "siete u ocho": before its own vowel it is another word.
_CONJUNCTIONS = {
    "and": ("y", "e", re.compile(r"h?[ií](?![aeouáéóú])", re.IGNORECASE)),
    "or": ("o", "u", re.compile(r"h?[oó]|8|11\b", re.IGNORECASE)),
}


def channel_words(channel: Channel) -> str:
    """ "the phone", "WhatsApp", "text message", "web chat", "e-mail"; in Spanish without an
    article, to go after "por"."""
    return t(CHANNEL_WORDS[channel])


def money(amount: Decimal) -> str:
    """ "$1,234.50", in both languages; a negative amount with its sign."""
    sign = "-" if amount < 0 else ""
    return f"{sign}${abs(amount):,.2f}"


def figure(amount: Decimal) -> str:
    """An amount as data: "1234.50"."""
    return f"{amount:.2f}"


def day(when: date, today: date) -> str:
    """ "December 4", "4 de diciembre", with its year where that could be mistaken."""
    return _dated(when, _DAY if abs(when - today) < _FAR else _DAY_AND_YEAR)


def short_day(when: date) -> str:
    """ "Dec 4", "4 dic": for a table."""
    return _dated(when, _SHORT_DAY)


def weekday(when: date) -> str:
    """ "Friday", "viernes"."""
    return format_date(when, "EEEE", locale=spoken())


def month(when: date) -> str:
    """ "December", "diciembre"."""
    return format_date(when, "MMMM", locale=spoken())


def month_and_year(when: date) -> str:
    """ "December 2026", "diciembre de 2026"."""
    return _dated(when, _MONTH_AND_YEAR)


def time_of_day(when: datetime) -> str:
    """ "9:30 PM", "9:30 p. m.", in the zone the time is in."""
    return re.sub(r"\s", " ", format_time(when, "h:mm a", tzinfo=when.tzinfo, locale=spoken()))


def hour(when: datetime) -> str:
    """A time of day with its article where the language wants one: "9:30 PM", "las 9:30 p. m.",
    "la 1:15 p. m."; goes after "at" and "a", "about" and "alrededor de"."""
    if spoken() != SPANISH:
        return time_of_day(when)
    return f"{'la' if when.hour % 12 == 1 else 'las'} {time_of_day(when)}"


def about(when: datetime, now: datetime) -> str:
    """ "about 9:30 PM", with the day where it is not today. Both in the utility's zone."""
    days = (when.date() - now.date()).days
    if days == 0:
        return t("about {hour}", hour=hour(when))
    if days == 1:
        return t("about {hour} tomorrow", hour=hour(when))
    return t("about {hour} on {day}", hour=hour(when), day=day(when.date(), now.date()))


def moment(when: datetime, now: datetime) -> str:
    """As `about` without the "about": "9:30 PM tomorrow", "mañana a las 9:30 p. m."."""
    days = (when.date() - now.date()).days
    if days == 0:
        return t("{hour}", hour=hour(when))
    if days == 1:
        return t("{hour} tomorrow", hour=hour(when))
    return t("{hour} on {day}", hour=hour(when), day=day(when.date(), now.date()))


def minutes(seconds: float) -> str:
    """ "less than a minute", "about 12 minutes", "about 2 hours"."""
    whole = round(seconds / 60)
    if whole < 1:
        return t("less than a minute")
    if whole < 90:
        return plural("about {count} minute", "about {count} minutes", whole)
    return t("about {count} hours", count=round(whole / 60))


def digits(text: str) -> str:
    """ "4 0 1 2": digit by digit, for the phone."""
    return " ".join(re.sub(r"\D", "", text))


def code(text: str, channel: Channel) -> str:
    """A reference number; on the phone sign by sign: "R 1 0 4 2"."""
    return " ".join(re.sub(r"[^A-Za-z0-9]", "", text)) if channel is Channel.VOICE else text


def listed(items: Sequence[str], last: str = "and") -> str:
    """ "a, b and c", "a, b y c". `last` is "and" or "or", in whatever language."""
    if len(items) < 2:
        return "".join(items)
    return f"{', '.join(items[:-1])} {_conjunction(last, items[-1])} {items[-1]}"


def masked(contact: Contact) -> str:
    """ "the phone ending in 0101"; in Spanish with "su", so that "a" and "de" can go before it.
    Of an e-mail address the first letter and the domain."""
    if contact.kind == "phone":
        return t("the phone ending in {digits}", digits=contact.value[-4:])
    name, _, domain = contact.value.partition("@")
    return t("the e-mail address {address}", address=f"{name[:1]}…@{domain}")


def ordinal(number: int) -> str:
    """A day of the month: "1st", "22nd", "28th"; in Spanish the number: "el 28"."""
    if spoken() != ENGLISH:
        return str(number)
    ends = {} if number % 100 in {11, 12, 13} else {1: "st", 2: "nd", 3: "rd"}
    return f"{number}{ends.get(number % 10, 'th')}"


def sentence(text: str) -> str:
    """Text that ends as a sentence does."""
    text = text.strip()
    return text if not text or text[-1] in ".!?" else f"{text}."


def _dated(when: date, pattern: dict[str, str]) -> str:
    return format_date(when, pattern[spoken()], locale=spoken())


def _conjunction(word: str, before: str) -> str:
    if spoken() != SPANISH:
        return word
    usual, other, vowel = _CONJUNCTIONS[word]
    return other if vowel.match(before) else usual
