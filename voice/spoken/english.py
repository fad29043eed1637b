"""English as it is said: each form with what stands for it."""

from __future__ import annotations

import re
from decimal import Decimal

from voice.spoken.addresses import addresses
from voice.spoken.codes import Words, codes
from voice.spoken.english_times import MOMENTS, SPANS, STAMPS
from voice.spoken.mapping import Form, apart
from voice.spoken.numbers import (
    MOST,
    english,
    english_ordinal,
    english_pairs,
    figure_by_figure,
    grouped,
)

Match = re.Match[str]

_NUMBER = r"(?:\d{1,3}(?:,\d{3})+|\d+)(?:\.\d+)?(?![\d])"
_AMOUNT = rf"\$(?P<below>[-−]|)(?P<amount>{_NUMBER}|\.\d\d?(?!\d))"
_SIZES = {"K": "thousand", "k": "thousand", "M": "million", "B": "billion"}
_UNITS = {
    "kWh": ("kilowatt hour", "kilowatt hours"),
    "kW": ("kilowatt", "kilowatts"),
    "kV": ("kilovolt", "kilovolts"),
    "MWh": ("megawatt hour", "megawatt hours"),
    "W": ("watt", "watts"),
    "V": ("volt", "volts"),
    "°F": ("degree", "degrees"),
    "°C": ("degree Celsius", "degrees Celsius"),
    "°": ("degree", "degrees"),
    "%": ("percent", "percent"),
    "¢": ("cent", "cents"),
    "sq ft": ("square foot", "square feet"),
    "cu ft": ("cubic foot", "cubic feet"),
    "ft": ("foot", "feet"),
    "mi": ("mile", "miles"),
    "mph": ("mile an hour", "miles an hour"),
    "lb": ("pound", "pounds"),
    "lbs": ("pound", "pounds"),
    "gal": ("gallon", "gallons"),
    "min": ("minute", "minutes"),
    "mins": ("minute", "minutes"),
    "sec": ("second", "seconds"),
    "secs": ("second", "seconds"),
    "h": ("hour", "hours"),
    "hr": ("hour", "hours"),
    "hrs": ("hour", "hours"),
    "mo": ("month", "months"),
    "yr": ("year", "years"),
}
_UNIT = "|".join(sorted(_UNITS, key=len, reverse=True))
_PER_UNIT = "kWh|kW|therm|gal|month|mo|year|yr|week|day|hour|hr|person|household|customer"
_PER = rf"(?P<per>(?: ?/ ?| per | an? )(?P<unit>{_PER_UNIT})\b)?"
_FRACTIONS = {
    "1/2": "half", "1/3": "third", "2/3": "two thirds", "1/4": "quarter", "3/4": "three quarters",
    "½": "half", "⅓": "third", "⅔": "two thirds", "¼": "quarter", "¾": "three quarters",
}  # fmt: skip
# What follows "a $25 " where that says what kind of thing it is.
_KIND = r"(?= (?!(?:a|an|and|or|per|for|from|to|on|in|at|of|each|more|less|now|today|off)\b)[a-z])"
_WORDS = {
    "LIHEAP": "lie-heap", "CPAP": "see-pap", "ENERGY STAR": "Energy Star", "ZIP": "zip",
    "P.O. Box": "P O Box", "PO Box": "P O Box", "approx.": "approximately", "e.g.": "for example",
    "i.e.": "that is", "etc.": "and so on", "vs.": "versus", "Mr.": "Mister", "Mrs.": "Missus",
    "Dr.": "Doctor", "Jr.": "Junior", "kWh": "kilowatt hours", "kW": "kilowatts", "°F": "degrees",
    "24/7": "twenty-four seven", "N/A": "not available", "A/C": "A C", "and/or": "and or",
    "w/o": "without", "w/": "with",
}  # fmt: skip
_WORD = "|".join(re.escape(word) for word in sorted(_WORDS, key=len, reverse=True))
_ROOMS = {"apt": "Apartment", "rm": "Room", "ste": "Suite", "bldg": "Building", "#": "number"}


def _number(figure: str) -> str:
    """ "1,234.5" as "one thousand two hundred thirty-four point five"; five digits and more
    without a comma are a meter's, and said one by one."""
    whole, _, part = figure.replace(",", "").partition(".")
    by_digit = ("," not in figure and len(whole) > 4) or int(whole) > MOST
    said = grouped(whole, english) if by_digit else english(int(whole))
    return f"{said} point {figure_by_figure(part, english)}" if part else said


def _money(match: Match) -> str:
    amount = Decimal(match["amount"].replace(",", ""))
    said = ("minus " if match["minus"] or match["below"] else "") + _dollars(amount)
    if not match["per"]:
        return said
    unit = match["unit"]
    word = _UNITS[unit][0] if unit in _UNITS else unit
    return f"{said} {match['per'].split()[0] if ' ' in match['per'].strip() else 'per'} {word}"


def _dollars(amount: Decimal) -> str:
    if amount * 100 % 1:
        part, unit = (amount * 100, "cents") if amount < 1 else (amount, "dollars")
        return f"{_number(f'{part.normalize():f}')} {unit}"
    dollars, cents = divmod(int(amount * 100), 100)
    said = [f"{english(dollars)} dollar{'s' * (dollars != 1)}"] if dollars or not cents else []
    said += [f"{english(cents)} cent{'s' * (cents != 1)}"] if cents else []
    return " and ".join(said)


def _millions(match: Match) -> str:
    """ "$1.2M", "$1.5 million"."""
    minus = "minus " if match["minus"] or match["below"] else ""
    return f"{minus}{_number(match['amount'])} {match['size'] or _SIZES[match['sign']]} dollars"


def _measured(match: Match) -> str:
    one, many = _UNITS[match["unit"]]
    figure = match["number"]
    said = _number(figure) if "." in figure else english(int(figure.replace(",", "")))
    return f"{said} {one if figure == '1' or match['each'] is not None else many}"


def _fraction(match: Match) -> str:
    """ "a half", "two and a half", "three quarters"."""
    said = _FRACTIONS[match["part"]]
    said = said if " " in said else f"a {said}"
    return f"{english(int(match['whole']))} and {said}" if match["whole"] else said


def _room(match: Match) -> str:
    kind = _ROOMS.get(match["kind"].lower().strip(". "), match["kind"].strip())
    signs = re.findall(r"\d+|[A-Za-z]", match["no"])
    return " ".join([kind, *(english_pairs(int(s)) if s.isdigit() else s.upper() for s in signs)])


FORMS: tuple[Form, ...] = (
    *STAMPS,
    *codes(
        Words(
            number=english,
            link="the link I sent",
            dot="dot",
            at="at",
            dash="dash",
            underscore="underscore",
            plus="plus",
            begins="that begins with {letter}",
            toll_free=lambda area: f"one {english(int(area[0]))} hundred",
            eleven="one one",
        )
    ),
    (
        re.compile(
            r"(?:(?<=ZIP code )|(?<=zip code )|(?<=ZIP )|(?<=PO Box )|(?<=P\.O\. Box ))\d+\b"
        ),
        lambda m: figure_by_figure(m[0], english),
    ),
    *addresses(english, english_pairs),
    (
        re.compile(
            r"(?:\b(?P<kind>(?:Apt|Ste|Bldg|Unit|Suite|Apartment|[Rr]oom|Rm)\b\.? ?#?|#))"
            r"(?P<no>\d+-?[A-Z]?\d*|[A-Z]-?\d*)\b"
        ),
        _room,
    ),
    *SPANS,
    (re.compile(r"(?<=[\d\x00])\s?[–-]\s?(?=[\d$])"), lambda _: " to "),
    (
        re.compile(rf"(?<=\b[Aa] )\$(?P<amount>\d[\d,]*)(?:\.00)?{_KIND}"),
        lambda m: f"{_number(m['amount'])}-dollar",
    ),
    (
        re.compile(
            r"(?P<minus>(?<!\w)[-−]|)\$(?P<below>[-−]|)"
            rf"(?P<amount>{_NUMBER})(?: (?P<size>thousand|million|billion)|(?P<sign>[KkMB]))\b"
        ),
        _millions,
    ),
    (re.compile(rf"(?P<minus>(?<!\w)[-−]|){_AMOUNT}{_PER}"), _money),
    *MOMENTS,
    (
        re.compile(
            r"(?<![\d/.,])(?:(?P<whole>\d{1,3})[ -]?(?=[½⅓⅔¼¾]|\b)|)"
            r"(?P<part>[½⅓⅔¼¾]|\b(?:1/[234]|2/3|3/4)\b(?![/\d]))"
        ),
        _fraction,
    ),
    (
        re.compile(
            r"(?P<each>(?<=\b[Aa] )|(?<=\b[Aa]n ))?"
            rf"(?P<number>{_NUMBER})[ \u00a0]?(?P<unit>{_UNIT})(?!\w)"
        ),
        _measured,
    ),
    (re.compile(rf"(?P<number>{_NUMBER})x\b"), lambda m: f"{_number(m['number'])} times"),
    (
        re.compile(rf"(?<=[\w\x00]) ?/ ?(?P<unit>{_PER_UNIT})\b"),
        lambda m: f" per {_UNITS[m['unit']][0] if m['unit'] in _UNITS else m['unit']}",
    ),
    (
        re.compile(rf"(?P<number>{_NUMBER})(?P<sign>[KkM])\b"),
        lambda m: f"{_number(m['number'])} {_SIZES[m['sign']]}",
    ),
    (re.compile(r"\b(\d+)(?:st|nd|rd|th)\b"), lambda m: english_ordinal(int(m[1]))),
    (
        re.compile(r"\b(?P<year>(?:19|20)\d0)s\b"),
        lambda m: re.sub(r"y$", "ie", english_pairs(int(m["year"]))) + "s",
    ),
    (re.compile(r"(?<![\w.,])(?:19|20)\d\d\b(?![.,]?\d)"), lambda m: english_pairs(int(m[0]))),
    (
        re.compile(
            r"\bNo\. (?=\d)|#(?=[\d\x00])|(?:(?<=\baccount )|(?<=\bmeter )|(?<=\bcase ))[Nn]o\. "
        ),
        lambda _: "number ",
    ),
    (
        re.compile(r"\b[Ee]xt\.? ?(?P<no>\d{1,6})\b"),
        lambda m: f"extension {figure_by_figure(m['no'], english)}",
    ),
    (re.compile(r"(?<=says )kWh\b"), lambda _: "K W H"),
    (re.compile(r"(?:(?<=\ban )|(?<=\ba )|(?<=per ))kWh\b"), lambda _: "kilowatt hour"),
    (re.compile(rf"(?:\b|(?=[°]))(?:{_WORD})(?![\w])"), lambda m: _WORDS[m[0]]),
    (re.compile(r"(?<=[\d\x00])\+(?![\w+])"), lambda _: " plus"),
    (re.compile(r"[~≈] ?(?=[\d\x00])"), lambda _: "about "),
    (re.compile(r"(?<=[\d\x00]) ?/ ?(?=[\d\x00])"), lambda _: " slash "),
    (re.compile(r"(?<=[a-z])/(?=[a-z])"), lambda _: " or "),
    (re.compile(r" = (?=\S)"), lambda _: " is "),
    (re.compile(r" @ (?=\S)"), lambda _: " at "),
    (re.compile(_NUMBER), lambda m: apart(m, _number(m[0]))),
    (re.compile(r"(?<![\w\x00])[-−](?=\x00)"), lambda _: "minus "),
    (re.compile(r" ?& ?"), lambda _: " and "),
    (re.compile(r"\s*[–—]\s*|\s+-\s+"), lambda _: ", "),
)
