"""Addresses as people write them, brought to one form in which they can be looked up.

A key is the house number, the street's words, a direction and a unit, then the ZIP:
"418 alder street|97201", "1200 hill road northeast unit 4b|97201". Directions stand at the end
because people leave them out.
"""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass, replace
from itertools import dropwhile, groupby

_TYPES = {
    "alley": ("aly",),
    "avenue": ("ave", "av", "aven"),
    "boulevard": ("blvd", "boul"),
    "circle": ("cir", "circ"),
    "court": ("ct", "crt"),
    "cove": ("cv",),
    "crossing": ("xing",),
    "drive": ("dr", "drv"),
    "expressway": ("expy",),
    "freeway": ("fwy",),
    "grove": ("grv",),
    "heights": ("hts",),
    "highway": ("hwy",),
    "lane": ("ln",),
    "loop": ("lp",),
    "parkway": ("pkwy", "pky"),
    "place": ("pl",),
    "plaza": ("plz",),
    "point": ("pt",),
    "ridge": ("rdg",),
    "road": ("rd",),
    "square": ("sq",),
    # A saint, too: "St. Clair Street" and "Saint Clair St" must be one, wherever it stands.
    "street": ("st", "str", "saint"),
    "terrace": ("ter", "terr"),
    "trail": ("trl",),
    "way": ("wy",),
}
_DIRECTIONS = {
    "north": ("n",),
    "south": ("s",),
    "east": ("e",),
    "west": ("w",),
    "northeast": ("ne",),
    "northwest": ("nw",),
    "southeast": ("se",),
    "southwest": ("sw",),
}
_UNITS = ("apartment", "apt", "suite", "ste", "lot", "space", "spc", "#")
_ORDINALS = "first,1st second,2nd third,3rd fourth,4th fifth,5th sixth,6th seventh,7th eighth,8th"
_FILLERS = {"no", "number", "in", "zip", "code", "us", "usa"}

_SUFFIXES = frozenset(_TYPES) - {"highway"}  # "Highway 30": what follows it is no unit
_WORDS: dict[str, str] = {
    **{short: word for word, shorts in (_TYPES | _DIRECTIONS).items() for short in shorts},
    **dict.fromkeys(_UNITS, "unit"),
    **dict(pair.split(",") for pair in _ORDINALS.split()),
    "mt": "mount",
    "ft": "fort",
}
_STATE_NAMES = (
    "AL Alabama,AK Alaska,AZ Arizona,AR Arkansas,CA California,CO Colorado,CT Connecticut,"
    "DE Delaware,DC District of Columbia,FL Florida,GA Georgia,HI Hawaii,ID Idaho,IL Illinois,"
    "IN Indiana,IA Iowa,KS Kansas,KY Kentucky,LA Louisiana,ME Maine,MD Maryland,"
    "MA Massachusetts,MI Michigan,MN Minnesota,MS Mississippi,MO Missouri,MT Montana,"
    "NE Nebraska,NV Nevada,NH New Hampshire,NJ New Jersey,NM New Mexico,NY New York,"
    "NC North Carolina,ND North Dakota,OH Ohio,OK Oklahoma,OR Oregon,PA Pennsylvania,"
    "RI Rhode Island,SC South Carolina,SD South Dakota,TN Tennessee,TX Texas,UT Utah,"
    "VT Vermont,VA Virginia,WA Washington,WV West Virginia,WI Wisconsin,WY Wyoming"
)
_STATES = {state[:2].lower(): state[3:] for state in _STATE_NAMES.split(",")}
_LONGEST = 200  # letters of an address


@dataclass(frozen=True, slots=True)
class Sought:
    """An address as far as somebody said it, its words in the form of the keys."""

    base: str  # what a key begins with: "418 alder street"
    unit: str
    zip: str
    others: frozenset[str]  # words that the place must have as well: directions, city, state

    @property
    def pattern(self) -> str:
        """A regular expression of the keys that may be meant."""
        unit = f" unit {self.unit}" if self.unit else ""
        return rf"^{self.base}(?: [^|]*)?{unit}\|{self.zip}"


def address_key(street: str, zip_code: str) -> str:
    """The form in which a premise's address is found: "418 alder street|97201"."""
    words, unit = _without_unit(_words(street))
    words, direction = _without_direction(words)
    named = ["unit", unit] if unit else []
    return f"{' '.join([*words, *direction, *named])}|{zip_code}"


def parse(address: str) -> Sought | None:
    """What somebody wrote or said; None without a house number and a street."""
    street, rest, unit = _parts(address)
    zip_code = next((w for w in reversed(street[2:] + rest) if re.fullmatch(r"\d{5}", w)), "")
    street = street[:2] + [word for word in street[2:] if word != zip_code]
    rest = [word for word in rest if word != zip_code]
    if len(street) < 2:
        return None
    if not unit:  # "418 Alder Street, 4B, Cedar Falls"
        unit = next(filter(_is_bare_unit, rest), "")
        rest = [word for word in rest if word != unit]
    street, direction = _without_direction(street)
    end = _end_of_street(street)
    base = " ".join(street[:end])
    others = [*street[end:], *direction, *rest]
    return Sought(base, unit, zip_code, frozenset(others))


def parse_street(address: str) -> Sought | None:
    """As `parse`, of a street: with a house number or without. The base is the street's words;
    None where there is no street."""
    numbered = re.match(r"\s*\d{1,5}[a-z]?\b(?!\s*$)", address.lower())
    sought = parse(address if numbered else f"1 {address}")
    if sought is None:
        return None
    street = sought.base.partition(" ")[2]
    known = re.search("[a-z]", street)
    return replace(sought, base=street, unit="") if known else None


def words_of(address: str, state: str) -> frozenset[str]:
    """All words by which a place may be told from others, its state's name among them."""
    return frozenset(_words(f"{address} {_STATES.get(state.lower(), '')}"))


def _parts(address: str) -> tuple[list[str], list[str], str]:
    """The words from the house number to a comma, those after it, and the unit."""
    street: list[str] = []
    rest: list[str] = []
    unit = ""
    # "418, Alder Street" has its comma in the wrong place.
    text = re.sub(r"(\b\d+[a-z]?)\s*,(?=\s*[a-z])", r"\1 ", address[:_LONGEST].lower(), count=1)
    for segment in text.split(","):
        words, named = _without_unit(_words(segment))
        unit = unit or named
        if street:
            rest += words
        else:
            street = list(dropwhile(lambda word: not re.fullmatch(r"\d+[a-z]?", word), words))
    return street, rest, unit


def _words(text: str) -> list[str]:
    """Lower-case words without accents and points; a word and its short forms are one."""
    plain = unicodedata.normalize("NFKD", text.lower()).encode("ascii", "ignore").decode()
    plain = re.sub(r"\b(\d{5})-\d{4}\b", r"\1", plain)  # ZIP+4
    plain = re.sub(r"'|\.(?=[a-z]\.|[^a-z]|$)|(?<=\d)-(?=[a-z]\b)|(?<=\b[a-z])-(?=\d)", "", plain)
    words = (_WORDS.get(word, word) for word in re.findall(r"[a-z0-9]+|#", plain))
    return [word for word, _ in groupby(word for word in words if word not in _FILLERS)]


def _without_unit(words: list[str]) -> tuple[list[str], str]:
    """The words and the unit: what "unit" names, or a number right after the street's type."""
    for n in range(len(words) - 1):
        word, following = words[n], words[n + 1]
        if word == "unit" and (unit := _unit(following)):
            letter = words[n + 2] if unit.isdigit() and _is_letter(words[n + 2 : n + 3]) else ""
            return words[:n] + words[n + 2 + len(letter) :], unit + letter
        if n > 1 and (word in _SUFFIXES or word in _DIRECTIONS) and _is_bare_unit(following):
            return words[: n + 1] + words[n + 2 :], following
    return words, ""


def _unit(word: str) -> str:
    """ "4", "b", "4b"; "east" of "Apt E" is a letter again. Empty if it is no unit."""
    if word in _DIRECTIONS and len(_DIRECTIONS[word][0]) == 1:
        return _DIRECTIONS[word][0]
    return word if re.fullmatch(r"[a-z]?\d+[a-z]?|[a-z]", word) else ""


def _is_letter(words: list[str]) -> bool:
    return len(words) == 1 and re.fullmatch("[a-z]", words[0]) is not None


def _is_bare_unit(word: str) -> bool:
    return re.fullmatch(r"\d{1,4}[a-z]?|[a-z]\d{1,3}", word) is not None


def _without_direction(words: list[str]) -> tuple[list[str], list[str]]:
    """The words and the direction before the street's name, which "North Street" has none of."""
    if len(words) < 3 or words[1] not in _DIRECTIONS:
        return words, []
    if words[2] in _SUFFIXES and not _SUFFIXES.intersection(words[3:4]):
        return words, []
    return [words[0], *words[2:]], [words[1]]


def _end_of_street(words: list[str]) -> int:
    """How many words are surely the street's: to its type, "park place drive" to the last one;
    the number and one word if there is no type."""
    types = [n for n, word in enumerate(words) if n > 1 and word in _SUFFIXES]
    if not types:
        return 2
    end = types[0]
    while end + 1 in types:
        end += 1
    return end + 1
