"""What is said sign by sign in any language: phone and account numbers, codes, addresses of the
net."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass

from voice.spoken.mapping import Form
from voice.spoken.numbers import Speller, figure_by_figure, grouped

Match = re.Match[str]

_DOMAINS = "com|org|net|gov|edu|io|us|example|test"
_HOST = rf"(?:[a-z0-9-]+\.)+(?:{_DOMAINS})\b"
_SIGN = r"[A-Z0-9]"
# Before the last four digits of a card or a number, and before a short code.
_ENDS = "|".join(
    f"(?<={before} )"
    for before in (
        *("ending in", "ending", "ends in", "digits", "digits are", "last four"),
        *("code", "code:", "code is", "PIN", "PIN:", "PIN is", "SSN:"),
        *("termina en", "terminada en", "terminado en", "dígitos", "dígitos son"),
        *("código", "código:", "código es", "PIN es"),
    )
)
_MIXED = r"(?!\d+[AP]M\b)(?=\w*[A-Z])[A-Z0-9]{2,}"  # and no hour
_LEAST_WORD = 4  # letters before a hyphen that are said as a word: "CASE-7F3A"


@dataclass(frozen=True, slots=True)
class Words:
    """How a language says these."""

    number: Speller
    link: str  # for one that nobody could write down
    dot: str
    at: str
    dash: str
    underscore: str
    plus: str
    begins: str  # of an e-mail address that is told in part; {letter}
    toll_free: Callable[[str], str]  # an area code such as "800"
    eleven: str  # how the end of "911" is said


def codes(words: Words) -> tuple[Form, ...]:
    say = _Codes(words)
    return (
        (re.compile(r"\b(?P<name>[\w.+-]+…?)@(?P<domain>[\w-]+(?:\.[\w-]+)+)"), say.e_mail),
        (re.compile(r"\bhttps?://\S*[^\s.,;:!?)]|\bmailto:\S+"), say.link),
        (re.compile(rf"\b(?:www\.)?{_HOST}(?P<path>/[^\s,;!?)]*[^\s.,;:!?)])?", re.I), say.host),
        (
            re.compile(
                r"(?<![\w.-])(?:\+?1[ .-]?)?(?:\((?P<first>\d{3})\) ?|(?P<area>[2-9]\d\d)[ .-])"
                r"(?P<office>\d{3})[ .-](?P<line>\d{4})\b"
            ),
            say.phone,
        ),
        (re.compile(r"(?<![\w.-])\d{5}-\d{4}\b(?!-)"), say.parts),  # a ZIP code with its four
        (re.compile(r"(?<![\w.-])[2-9]\d\d-\d{4}\b"), say.parts),
        (re.compile(r"(?<![\w.-])[2-9]-1-1\b(?!-)"), say.service),
        (re.compile(r"\+\d{8,15}\b"), say.e164),
        (re.compile(rf"(?<![\w'-]){_SIGN}(?: {_SIGN}){{2,}}(?![\w'])"), say.spelled),
        (re.compile(r"\bR-(?=\d{1,2}\b)"), lambda _: "R "),
        (re.compile(rf"\b(?:[A-Z]+|{_MIXED})(?:-[A-Z0-9]{{2,}})+\b"), say.reference),
        # But no volts, watts and amperes.
        (re.compile(rf"\b(?!\d+[VWA]\b)(?=[A-Z]*\d)(?=\d*[A-Z]){_SIGN}{{4,}}\b"), say.signs),
        (re.compile(rf"(?=\d{{4}}\b)(?:{_ENDS})\d{{4}}|(?<=[•xX]{{4}})\d{{4}}\b"), say.digits),
        (
            re.compile(
                r"(?=[2-9]11\b)(?:(?<=[Cc]all )|(?<=\bal )|(?<=[Dd]ial )|(?<=TTY )|(?<=TTY: ))\d{3}"
                r"|(?=9)(?<![\w$.,:/+-])(?:911|988)\b(?![.,:/-]?\d| ?[%°]| [A-Z]|"
                r" (?:kWh|therms|customers|homes|people|clientes|hogares|personas)\b)"
            ),
            say.service,
        ),
        (re.compile(r"(?<![\d.,:/-])\b(?:\d{10,}|0\d+)\b(?![.,:/]\d)"), say.digits),
    )


class _Codes:
    def __init__(self, words: Words) -> None:
        self._words = words

    def digits(self, match: Match) -> str:
        return grouped(re.sub(r"\D", "", match[0]), self._words.number)

    def service(self, match: Match) -> str:
        """ "911", "9-1-1", "988"."""
        digits = re.sub(r"\D", "", match[0])
        if digits.endswith("11"):
            return f"{self._words.number(int(digits[0]))} {self._words.eleven}"
        return self.digits(match)

    def phone(self, match: Match) -> str:
        area = match["first"] or match["area"]
        before = self._words.toll_free(area) if area[1:] == "00" else self._figures(area)
        return f"{before}, {self._figures(match['office'])}, {self._figures(match['line'])}"

    def parts(self, match: Match) -> str:
        """ "555-0147"."""
        return ", ".join(self._figures(part) for part in match[0].split("-"))

    def e164(self, match: Match) -> str:
        digits = match[0][1:]
        return grouped(
            digits[1:] if len(digits) == 11 and digits[0] == "1" else digits, self._words.number
        )

    def spelled(self, match: Match) -> str:
        """A code, with a breath between two signs; "4 0 1 2 3" as the digits of one number."""
        signs = match[0].split()
        return self.digits(match) if "".join(signs).isdigit() else self._apart(match[0])

    def reference(self, match: Match) -> str | None:
        """ "R-6JFH-G44U". What has no figure and a word before its hyphen is no code."""
        head, _, rest = match[0].partition("-")
        if not re.search(r"\d", rest) and len(head) > 1:
            return None
        if len(head) < _LEAST_WORD or not head.isalpha():
            return self._apart(match[0])
        return f"{head.lower()}, {self._apart(rest)}"

    def signs(self, match: Match) -> str:
        """ "7F3A" with a breath between two, "HSPF2" without."""
        said = self._apart(match[0])
        return said.replace(",", "") if re.fullmatch(r"[A-Z]+\d", match[0]) else said

    def link(self, _: Match) -> str:
        return self._words.link

    def host(self, match: Match) -> str:
        return self._words.link if match["path"] else self._dotted(match[0])

    def e_mail(self, match: Match) -> str:
        name, domain = match["name"], self._dotted(match["domain"])
        if name.endswith("…"):
            return f"{self._words.begins.format(letter=name[0].upper())}, {self._words.at} {domain}"
        return f"{self._dotted(name)} {self._words.at} {domain}"

    def _dotted(self, name: str) -> str:
        said = name.lower().removeprefix("www.").replace(".", f" {self._words.dot} ")
        said = said.replace("-", f" {self._words.dash} ").replace("+", f" {self._words.plus} ")
        said = said.replace("_", f" {self._words.underscore} ")
        return " ".join(re.sub(r"\d+", lambda m: f" {self._figures(m[0])} ", said).split())

    def _figures(self, digits: str) -> str:
        return figure_by_figure(digits, self._words.number)

    def _apart(self, text: str) -> str:
        signs = re.findall(_SIGN, text)
        return ", ".join(self._words.number(int(s)) if s.isdigit() else s for s in signs)
