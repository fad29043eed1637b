"""US postal addresses as people say and write them, in one line as they go on an envelope."""

from __future__ import annotations

import re
from dataclasses import dataclass

from contracts.language import t

STATES = {
    "alabama": "AL", "alaska": "AK", "arizona": "AZ", "arkansas": "AR", "california": "CA",
    "colorado": "CO", "connecticut": "CT", "delaware": "DE", "florida": "FL", "georgia": "GA",
    "hawaii": "HI", "idaho": "ID", "illinois": "IL", "indiana": "IN", "iowa": "IA",
    "kansas": "KS", "kentucky": "KY", "louisiana": "LA", "maine": "ME", "maryland": "MD",
    "massachusetts": "MA", "michigan": "MI", "minnesota": "MN", "mississippi": "MS",
    "missouri": "MO", "montana": "MT", "nebraska": "NE", "nevada": "NV", "new hampshire": "NH",
    "new jersey": "NJ", "new mexico": "NM", "new york": "NY", "north carolina": "NC",
    "north dakota": "ND", "ohio": "OH", "oklahoma": "OK", "oregon": "OR", "pennsylvania": "PA",
    "rhode island": "RI", "south carolina": "SC", "south dakota": "SD", "tennessee": "TN",
    "texas": "TX", "utah": "UT", "vermont": "VT", "virginia": "VA", "washington": "WA",
    "west virginia": "WV", "wisconsin": "WI", "wyoming": "WY", "district of columbia": "DC",
    "puerto rico": "PR", "guam": "GU", "oregón": "OR",
}  # fmt: skip
_CODES = frozenset(STATES.values()) | {"AA", "AE", "AP"}  # and the armed forces
_COUNTRY = re.compile(r"[\s,]*\b(u\.?s\.?a?\.?|united states( of america)?)\s*$", re.IGNORECASE)
_COURTESY = re.compile(
    r"[\s,.!]*\b(please|thanks|thank you|thx|por favor|gracias)\b[\s,.!]*$", re.IGNORECASE
)
_LONGEST = 200  # of who says more than an address, what comes last
_INTRO = re.compile(r"^\D*?(?=\d|p\.?\s*o\.?\s*box|post office box|apartado)", re.IGNORECASE)
_ZIP = re.compile(
    r"[\s,]*(?:\b(?:zip(?: code)?|c[oó]digo postal)[\s:]*)?\b(\d{5})(?:-(\d{4}))?\s*$",
    re.IGNORECASE,
)
_STATE = re.compile(
    rf"[\s,]*\b({'|'.join([*sorted(STATES, key=len, reverse=True), *sorted(_CODES)])})\.?\s*$",
    re.IGNORECASE,
)
_BOX = re.compile(
    r"(?:p(ost|\.)?\s*o(ffice|\.)?\s*box|apartado(?: postal)?)\s+(\d+)\b", re.IGNORECASE
)
_HOUSE = re.compile(r"\d+[a-z]?(-\d+)?(\s+1/2)?\s+\S*[a-z]", re.IGNORECASE)
_TYPES = (
    r"street|st|avenue|ave|road|rd|drive|dr|lane|ln|boulevard|blvd|court|ct|circle|cir|place|pl|"
    r"way|terrace|ter|parkway|pkwy|highway \d+|hwy \d+|loop|trail|square|sq|plaza|alley|broadway"
)
_DIRECTIONS = r"n|s|e|w|ne|nw|se|sw|north|south|east|west|(north|south)(east|west)"
_UNIT = r"(,?\s*(apartment|apt|unit|suite|ste|lot|space|#)\.?\s*#?[\w-]+)"
_STREET = re.compile(
    rf"^(.*?\b({_TYPES})\b\.?(\s+({_DIRECTIONS})\b)?{_UNIT}?)[\s,]+(.*)$", re.IGNORECASE
)


@dataclass(frozen=True, slots=True)
class Postal:
    """An address; what was not said is empty. `street` is a post-office box too."""

    street: str
    city: str
    state: str
    zip: str

    @property
    def line(self) -> str:
        return f"{self.street}, {self.city}, {self.state} {self.zip}"

    @property
    def missing(self) -> tuple[str, ...]:
        """What an envelope would lack, in words of the language spoken."""
        parts = {
            t("the house number and street, or the PO box"): self.street,
            t("the city"): self.city,
            t("the state"): self.state,
            t("the ZIP code"): self.zip,
        }
        return tuple(words for words, said in parts.items() if not said)


def read_postal(text: str) -> Postal:
    """The parts of an address, as far as they can be told apart."""
    rest = _COURTESY.sub("", " ".join(text.split())[-_LONGEST:])
    rest = _COUNTRY.sub("", rest.rstrip(" ."))
    zip_code = _ZIP.search(rest)
    rest = rest[: zip_code.start()] if zip_code else rest
    state = _STATE.search(rest)
    rest = rest[: state.start()] if state else rest
    street, city = _street_and_city(_INTRO.sub("", rest, count=1).strip(" ,"))
    city = re.sub(r"^in ", "", city)
    code = state.group(1) if state else ""
    return Postal(
        street=_written(street),
        city=_written(city),
        state=STATES.get(code.lower(), code.upper()),
        zip="-".join(part for part in zip_code.groups() if part) if zip_code else "",
    )


def _street_and_city(text: str) -> tuple[str, str]:
    """Told apart by the comma before the city, or by the street's type."""
    if box := _BOX.match(text):
        return f"PO Box {box.group(3)}", text[box.end() :].strip(" ,")
    street, comma, city = text.rpartition(",")
    city = city.strip() if comma and re.fullmatch(r"\D*[a-z]\D*", city, re.IGNORECASE) else ""
    if not _HOUSE.match(text):
        return "", city
    if comma and not re.fullmatch(_UNIT, f", {text.rpartition(',')[2].strip()}", re.IGNORECASE):
        return street.strip(" ,"), city
    found = _STREET.match(f"{text} ")
    return (found.group(1).strip(" ,"), found.groups()[-1].strip(" ,")) if found else (text, "")


def _written(text: str) -> str:
    """With capital letters, where somebody left them all out."""
    return re.sub(r"\b[a-z]", lambda first: first[0].upper(), text) if text.islower() else text
