"""What a conversation may hold of its customer, and what stands in its place.

First what is on file: each value, however it is written, becomes the place that a case has for it.
Then whatever else looks like a person's data is masked, rather too much than too little: addresses,
e-mails, numbers of four digits or more, amounts with cents, dates of birth, and words that are
written like a name and that neither our texts nor the catalogue know.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from decimal import ROUND_HALF_UP, Decimal
from functools import cache

from faker.providers.person.en_US import Provider as English
from faker.providers.person.es_MX import Provider as Spanish

from contracts.records import Bill, Customer, Premise
from contracts.spanish import unaccented

CENT = Decimal("0.01")
_BETWEEN = r"[ .()\u2010-\u2015-]*"  # what people write between digits
_MONTHS = (
    "january|february|march|april|may|june|july|august|september|october|november|december|"
    "enero|febrero|marzo|abril|mayo|junio|julio|agosto|septiembre|octubre|noviembre|diciembre|"
    "jan|feb|mar|apr|jun|jul|aug|sept?|oct|nov|dec"
)
_DATE = re.compile(
    r"\b(?:\d{4}-\d{1,2}-\d{1,2}|\d{1,2}[/.-]\d{1,2}[/.-](?:\d{4}|\d{2})"
    rf"|(?:{_MONTHS})\.? \d{{1,2}}(?:st|nd|rd|th)?,? \d{{4}}"
    rf"|\d{{1,2}}(?:st|nd|rd|th)?(?: de| of)? (?:{_MONTHS})\.?,?(?: del?)? \d{{4}})\b",
    re.IGNORECASE,
)
_EMAIL = re.compile(r"[\w.+%-]+@[\w-]+(?:\.[\w-]+)+")
_LINK = re.compile(r"(?:https?://|www\.)\S+")
_AMOUNT = re.compile(r"\$?\s?\d[\d,]*\.\d{2}\b")
_NUMBER = re.compile(rf"(?<![\w{{$])[+(]{{0,2}}\d(?:{_BETWEEN}\d){{3,}}(?!\w*\}})")
_STREET = re.compile(
    r"\b\d+[a-z]?\s+(?:[\w'.-]+\s+){1,4}?(?:street|st|avenue|ave|road|rd|drive|dr|lane|ln|"
    r"boulevard|blvd|court|ct|circle|cir|place|pl|way|terrace|ter|row|parkway|pkwy|trail)\b\.?"
    r"|\b(?:calle|avenida|av\.?)\s+(?:[\w'.-]+\s+){1,4}?\d+\b",
    re.IGNORECASE,
)
_WORD = re.compile(r"(?<![\w{\[])[^\W\d_]+(?:['\u2019-][^\W\d_]+)*(?![\w}\]])")
_INTRODUCES = re.compile(
    r"\b(?:name(?: is|'s|:)|me llamo|mi nombre es|nombre:)((?: [^\W\d_][\w'\u2019-]*){1,3})",
    re.IGNORECASE,
)
_TITLED = re.compile(
    r"\b(?:mrs?\.?|ms\.?|dr\.?|sra?\.?|do[nñ]a?|"
    r"(?:my|mi) (?:wife|husband|son|daughter|mother|father|brother|sister|neighbou?r|landlord|"
    r"tenant|roommate|espos[oa]|hij[oa]|madre|padre|herman[oa]|vecin[oa])),?"
    r"((?: [^\W\d_][\w'\u2019-]*){1,3})",
    re.IGNORECASE,
)
_STOPS = frozenset(
    re.findall(
        r"\w+",
        "and is i my on at the for with has have lives called not can please account because "
        "who said says she he we a y e es mi en el la los con tiene vive que cuenta quien quiero",
    )
)
_RECENT_YEARS = 3


@dataclass(frozen=True, slots=True)
class OnFile:
    """What the records hold of a customer whose conversation is captured."""

    customer: Customer
    premise: Premise | None
    balance: Decimal
    bills: tuple[Bill, ...] = ()

    def values(self) -> Iterator[tuple[str, str]]:
        """Each value, and the place that stands for it; "[...]" where a case has none."""
        who, home = self.customer, self.premise
        if home:
            yield home.address, "{address}"
            yield home.street, "{address}"
            yield home.zip, "{zip}"
            yield home.city, "[city]"
        yield who.mailing_address, "[address]"
        yield who.name, "{name}"
        yield who.first_name, "{first_name}"
        for part in who.name.split():
            yield part, "{name}"
        for user in who.authorized_users:
            yield from ((part, "[name]") for part in (user.name, *user.name.split()))
        for contact in who.contacts:
            yield contact.value, "{email}" if contact.kind == "email" else "{phone}"
        yield who.account_number, "{account}"
        yield who.ssn_last4, "{ssn}"

    def amounts(self) -> Iterator[tuple[Decimal, str]]:
        yield self.balance, "{balance}"
        yield (self.balance / 2).quantize(CENT, ROUND_HALF_UP), "{half}"
        if self.bills:
            yield self.bills[0].total, "{bill_total}"


class Private:
    """Takes personal data out of texts. words: what our own texts are made of, in lower case."""

    def __init__(self, on_file: OnFile | None, words: frozenset[str], today: date) -> None:
        self._words = words
        self._today = today
        self._values = list(on_file.values()) if on_file else []
        self._born = on_file.customer.date_of_birth if on_file else None
        amounts = on_file.amounts() if on_file else ()
        self._amounts: Mapping[Decimal, str] = {
            amount: place for amount, place in reversed(list(amounts)) if amount
        }
        by_length = sorted(self._values, key=lambda pair: -len(pair[0]))
        self._known = [
            (_pattern(value, as_written=unaccented(value) in words), place)
            for value, place in by_length
            if value
        ]

    def text(self, text: str) -> str:
        """`text` without personal data."""
        text = unicodedata.normalize("NFC", text)
        text = text.replace("{", "(").replace("}", ")")  # else it would be read as a place
        for pattern, place in self._known:
            text = pattern.sub(place, text)
        steps: Iterable[tuple[re.Pattern[str], str | Callable[[re.Match[str]], str]]] = (
            (_EMAIL, "[email]"),
            (_LINK, "[link]"),
            (_DATE, self._date),
            (_STREET, "[address]"),
            (_AMOUNT, self._amount),
            (_NUMBER, self._number),
            (_INTRODUCES, self._introduced),
            (_TITLED, self._titled),
            (_WORD, self._word),
        )
        for pattern, instead in steps:
            text = pattern.sub(instead, text)
        return re.sub(r"(\[name\])(?:\s+\[name\])+", r"\1", text)

    def left_in(self, text: str) -> list[str]:
        """What is on file and stands in a text all the same."""
        joined = re.sub(rf"(?<=\d){_BETWEEN}(?=\d)", "", text)
        return [v for v, _ in self._values if len(v) > 2 and self._stands_in(v, joined)]

    def _stands_in(self, value: str, text: str) -> bool:
        if unaccented(value) in self._words:  # "Price" is a name, "price" is none
            return re.search(rf"(?<![\w-]){re.escape(value)}(?!\w)", text) is not None
        digits = re.sub(r"\D", "", value) if re.fullmatch(r"\+?[\d -]+", value) else value
        return (
            re.search(rf"(?<!\w){re.escape(unaccented(digits))}(?!\w)", unaccented(text))
            is not None
        )

    def _date(self, match: re.Match[str]) -> str:
        years = [int(year) for year in re.findall(r"\d{4}", match[0])]
        if years and years[0] >= self._today.year - _RECENT_YEARS:
            return match[0]
        return "{born}" if self._born and years and years[0] == self._born.year else "[date]"

    def _amount(self, match: re.Match[str]) -> str:
        amount = Decimal(re.sub(r"[^\d.]", "", match[0]))
        sign = "$" if "$" in match[0] else ""
        lead = " " if match[0][0] == " " else ""
        place = self._amounts.get(amount)
        return f"{lead}{sign}{place}" if place else f"{lead}[amount]"

    def _number(self, match: re.Match[str]) -> str:
        digits = re.sub(r"\D", "", match[0])
        year = len(digits) == 4 and abs(int(digits) - self._today.year) <= _RECENT_YEARS
        return match[0] if year and match[0].isdigit() else "[number]"

    def _introduced(self, match: re.Match[str]) -> str:
        """The words after "my name is", whatever they are."""
        return self._named(match, lambda word: unaccented(word) not in _STOPS)

    def _titled(self, match: re.Match[str]) -> str:
        """The words after "my wife" or "Dr.", up to one of ours."""
        return self._named(match, lambda w: unaccented(w) not in _STOPS and not self._is_ours(w))

    @staticmethod
    def _named(match: re.Match[str], may_be: Callable[[str], bool]) -> str:
        words = match[1].split()
        is_name = [may_be(word) for word in words]
        count = is_name.index(False) if False in is_name else len(words)
        rest = "".join(f" {word}" for word in words[count:])
        start = match[0][: match.start(1) - match.start()]
        return f"{start}{' [name]' if count else ''}{rest}"

    def _is_ours(self, word: str) -> bool:
        return word[0].islower() and unaccented(word) in self._words

    def _word(self, match: re.Match[str]) -> str:
        word, low = match[0], unaccented(match[0]).replace("\u2019", "'")
        if low in self._words or low.split("'")[0] in self._words:
            return word
        return "[name]" if word[0].isupper() or low in names() else word


def _pattern(value: str, *, as_written: bool) -> re.Pattern[str]:
    """A value however it is written: spaces and dashes within digits, no accents, and in any case
    but where it is a word of ours as well."""
    if re.fullmatch(r"\+?[\d\s-]+", value):
        digits = re.sub(r"\D", "", value)
        country = r"(?:\+?1" + _BETWEEN + ")?" if value.startswith("+") else ""
        local = digits[1:] if value.startswith("+1") else digits
        spaced = _BETWEEN.join(local)
        return re.compile(rf"(?<![\d{{]){'[(]?' if country else ''}{country}{spaced}(?!\d)")
    words = r"[\s,]+".join(_letters(word) for word in value.replace(",", " ").split())
    return re.compile(rf"(?<![\w{{\[]){words}(?!\w)", 0 if as_written else re.IGNORECASE)


def _letters(word: str) -> str:
    """A word with or without its accents."""
    return "".join(map(_either, word))


def _either(letter: str) -> str:
    bare = unaccented(letter)
    plain = re.escape(letter)
    return plain if bare == letter.lower() else f"[{plain}{re.escape(bare)}]"


@cache
def names() -> frozenset[str]:
    """Given and family names that are common in English and Spanish."""
    lists = (
        English.first_names, English.last_names, Spanish.first_names, Spanish.last_names,
    )  # fmt: skip
    return frozenset(unaccented(part) for held in lists for name in held for part in name.split())
