"""American addresses, which stay English in any language but for their numbers."""

from __future__ import annotations

import re

from tools.postal import STATES
from voice.spoken.mapping import Form
from voice.spoken.numbers import Speller, english_ordinal, figure_by_figure, grouped

Match = re.Match[str]

DIRECTIONS = {
    "N": "North", "S": "South", "E": "East", "W": "West",
    "NE": "Northeast", "NW": "Northwest", "SE": "Southeast", "SW": "Southwest",
}  # fmt: skip
STREETS = {
    "St": "Street", "Ave": "Avenue", "Av": "Avenue", "Blvd": "Boulevard", "Rd": "Road",
    "Dr": "Drive", "Ln": "Lane", "Ct": "Court", "Pl": "Place", "Hwy": "Highway", "Pkwy": "Parkway",
    "Ter": "Terrace", "Cir": "Circle", "Sq": "Square", "Trl": "Trail",
}  # fmt: skip
_TYPE = "|".join(STREETS)
# In full, as well as abbreviated.
_STREET = "|".join([_TYPE, *sorted({*STREETS.values(), "Alley", "Loop", "Path", "Row", "Way"})])
# The first name of each: others are misspelt ones, or in another language.
_SAID = {code: name.title() for name, code in reversed(STATES.items())} | {"DC": "D C"}
_ROADS = {"Hwy": "Highway", "Rte": "Route"}
_LONG = 5  # digits of a house number that are said one by one


def addresses(digit: Speller, house: Speller) -> tuple[Form, ...]:
    say = _Addresses(digit, house)
    return (
        (re.compile(r"\b(?P<state>[A-Z]{2}),? (?P<zip>\d{5})(?:-\d{4})?\b"), say.zip_code),
        (
            re.compile(
                r"\b(?P<house>[1-9]\d{0,4})(?: (?P<side>[NS]\.?[EW]\.?|[NSEW])\.?)?"
                rf"(?= (?:[A-Z0-9][\w'-]*\.? ){{1,4}}(?:{_STREET})\b)"
            ),
            say.house,
        ),
        (
            re.compile(rf"\b(?P<number>\d+)(?:st|nd|rd|th)(?= (?:{_STREET})\b)"),
            lambda m: english_ordinal(int(m["number"])).title(),
        ),
        (
            re.compile(
                r"(?:(?<=[ \x00])(?P<name>(?!At |In |On |Near |From |The |En )[A-Z][\w'-]* )"
                rf"|(?<=\x00 )(?!St\.? [A-Z]))(?P<type>{_TYPE})\b(?:\.(?!$))?(?![\w'])"
            ),
            lambda m: f"{m['name'] or ''}{STREETS[m['type']]}",
        ),
        (
            re.compile(r"\b(?P<road>Hwy|Highway|Rte|Route)\b\.? (?P<no>\d{1,4})\b"),
            lambda m: f"{_ROADS.get(m['road'], m['road'])} {house(int(m['no']))}",
        ),
        (re.compile(r"\b(?:NE|NW|SE|SW)(?= [A-Z\x00])"), lambda m: DIRECTIONS[m[0]]),
        (re.compile(r"\bSt\.? (?=[A-Z\x00])"), lambda _: "Saint "),
    )


class _Addresses:
    def __init__(self, digit: Speller, house: Speller) -> None:
        self._digit = digit
        self._house = house

    def zip_code(self, match: Match) -> str | None:
        digits = figure_by_figure(match["zip"], self._digit)
        state = _SAID.get(match["state"])
        return f"{state}, {digits}" if state else None

    def house(self, match: Match) -> str:
        number = match["house"]
        is_long = len(number) >= _LONG
        said = grouped(number, self._digit) if is_long else self._house(int(number))
        side = (match["side"] or "").replace(".", "")
        return f"{said} {DIRECTIONS[side]}" if side else said
