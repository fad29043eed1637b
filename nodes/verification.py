"""Reading the answers to a verification question out of what a customer said or typed."""

from __future__ import annotations

import calendar
import re
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Literal

from dateutil import parser as dates
from langchain_core.messages import AIMessage, AnyMessage, HumanMessage

from contracts.identity import Rung
from contracts.spanish import MONTHS
from nodes.masking import DETAIL_MASK
from nodes.spoken import date_said, digits_said
from nodes.spoken_spanish import figures_said
from nodes.state import RUNG

ACCOUNT_DIGITS, CODE_DIGITS, ZIP_DIGITS, SSN_DIGITS = 10, 6, 5, 4
PIVOT = 10  # years written with two digits are of this century below it

_MONTHS = (
    r"jan(?:uary)?|feb(?:ruary)?|mar(?:ch)?|apr(?:il)?|may|june?|july?|aug(?:ust)?|"
    r"sept?(?:ember)?|oct(?:ober)?|nov(?:ember)?|dec(?:ember)?"
)
_FECHA = re.compile(
    rf"\b(?P<day>\d{{1,2}}) de (?P<month>{'|'.join(MONTHS)}) (?:de |del )?(?P<year>\d{{4}})\b",
    re.IGNORECASE,
)
_DATE = re.compile(
    rf"\b\d{{4}}-\d{{1,2}}-\d{{1,2}}\b|\b\d{{1,2}}[/.-]\d{{1,2}}[/.-](?:\d{{4}}|\d{{2}})\b"
    rf"|\b(?:{_MONTHS})\.?\s+\d{{1,2}}(?:st|nd|rd|th)?,?\s+\d{{4}}\b"
    rf"|\b\d{{1,2}}(?:st|nd|rd|th)?\s+(?:of\s+)?(?:{_MONTHS})\.?,?\s+\d{{4}}\b",
    re.IGNORECASE,
)
_NUMBERS = re.compile(
    r"(?<![\d$+.])\d+(?:[ -]\d+)*(?!\d|\.\d|\s*(?:dollars|bucks|usd|d[oó]lares|kwh|therms)\b)",
    re.IGNORECASE,
)
_CODE = r"(?<!zip )(?<!postal )(?<!area )\bcode\b"
_SEND_CODE = re.compile(
    rf"\b(?:send|text|resend|message)\b.*{_CODE}|{_CODE}.*\b(?:please|instead|again)\b|"
    r"^\s*(the )?code\s*$|one[- ]time (code|password)|"
    r"\b(?:env[ií]|m[aá]nd|p[aá]s[ae]|text[eé])\w*.*\bc[oó]digo\b(?! postal)|"
    r"\b(?:quiero|prefiero|mejor|necesito)\b.*\bc[oó]digo\b(?! postal)|"
    r"^\s*(?:el |un |otro )?c[oó]digo(?:,? por favor)?[.!]?\s*$",
    re.IGNORECASE,
)
# A question about a code wishes for none: "where did you send the code?"
_ASKS = re.compile(
    r"^\W*(?:(?:and|but|so|ok|okay|sorry|wait|y|pero|perd[oó]n)\b\W*)*"
    r"(?:where|when|who|which|why(?! (?:don'?t|not)\b)|what(?! (?:about|if)\b)|how(?! about\b)|"
    r"did|do (?:you|i|we)|does|is|was|are|has|have (?:you|i)|"
    r"(?:a |para |por |de )?(?:d[oó]nde|cu[aá]ndo|cu[aá]l|qu[eé](?! tal\b)(?! no\b)|"
    r"qui[eé]n|c[oó]mo))\b",
    re.IGNORECASE,
)
_PHONE = re.compile(
    r"(?<![\d$.])(?:\+?1[ .-]?)?\(?(?P<area>\d{3})\)?(?P<after>[ .-]*)"
    r"(?P<exchange>\d{3})[ .-]?(?P<line>\d{4})(?!\d)"
)
_LEAD = 40  # characters before a number, which tell what it is
_NAMED = re.compile(
    r"\b(?:(?P<phone>phone|cell(?:phone)?|mobile|call|text|reach|callback|whatsapp|"
    r"tel[eé]fono|celular|m[oó]vil|ll[aá]m\w+)"
    r"|(?P<account>accounts?|acct|customer|cuenta|cliente))\b",
    re.IGNORECASE,
)
# What stands beside a detail in an answer that holds nothing else.
_BESIDE = re.compile(
    r"^\W*(?:(?:(?:it|that|this)(?:'?s| is)?|my|the|and|is|are|account|acct|number|no|zip|code|"
    r"birth\w*|date|of|born|on|in|i|was|i'?m|dob|ssn|social|security|last|four|digits|ends?|here|you|go|"
    r"ok(?:ay)?|sure|yes|yeah|um+|uh+|sorry|oh|so|well|hi|hello|please|thanks|thank|"
    r"mi|cuenta|n[uú]mero|es|el|la|los|un|y|de|del|postal|c[oó]digo|fecha|nacimiento|nac[ií]|"
    r"[uú]ltimos|cuatro|d[ií]gitos|seguro|social|termina|en|s[ií]|bueno|hola|por|favor|gracias|"
    r"verification|detail)\b\W*)*$",
    re.IGNORECASE,
)
_FACTOR = re.compile(
    r"\b(?:zip|birth\w*|born|dob|ssn|social|last four|postal|nac[ií]\w*|[uú]ltimos cuatro)\b",
    re.IGNORECASE,
)
_PLACE = re.compile(
    r"\b(?:street|st|avenue|ave|road|rd|drive|dr|lane|ln|court|ct|boulevard|blvd|address|calle|"
    r"avenida|direcci[oó]n|domicilio)\b",
    re.IGNORECASE,
)
_THANKS = r"thanks|thank you|thx|ty|(?:muchas |mil )?gracias|much appreciated|muy amable"
_THANKED = re.compile(rf"\b(?:{_THANKS})\b", re.IGNORECASE)
_COURTESY = re.compile(
    rf"^\W*(?:(?:{_THANKS}|so much|very much|a lot|then|ok(?:ay|ey)?|k|great|perfect|cool|good|"
    r"fine|alright|all right|got it|i see|will do|sure|please|wait|hold on|give me|"
    r"let me (?:check|look|see)|(?:just )?(?:a|one) (?:moment|sec(?:ond)?|min(?:ute)?)|"
    r"vale|bueno|perfecto|excelente|entiendo|entendido|listo|est[aá] bien|de acuerdo|"
    r"un (?:momento|momentito|segundo|minuto)|momento|espere|esp[eé]reme|d[eé]me|"
    r"perm[ií]tame|d[eé]jeme ver|por favor)\b\W*)+$",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class Answer:
    """What was given. `masked` is what may be kept of the words."""

    account_number: str | None
    method: str | None  # "zip", "date_of_birth" or "ssn_last4"
    value: str | None
    code: str | None
    wants_code: bool
    masked: str

    @property
    def empty(self) -> bool:
        return not (self.account_number or self.value or self.code or self.wants_code)

    @property
    def offhand(self) -> bool:
        """Whether a figure that could be a factor stands in words about something else: "make it
        1200 Main Street"."""
        if self.account_number or not self.value or only_details(self.masked):
            return False
        return not _FACTOR.search(self.masked) or _PLACE.search(self.masked) is not None


def read_answer(said: str, *, phones: Collection[str] = (), asked: bool = True) -> Answer:
    """Account number, one factor, a one-time code or the wish for one, as far as given.

    phones: numbers that are known to be phones', in any form. asked: False where the talk is of a
    phone: ten digits that could be one are one, unless they are called an account's.
    """
    known = frozenset(_ten(phone) for phone in phones)
    born, text = _date_in(digits_said(figures_said(said)))
    numbers, masked = _numbers_in(text, known, asked=asked)
    factor: tuple[str, str] | None = None
    if born is not None:
        factor = ("date_of_birth", born.isoformat())
    elif ZIP_DIGITS in numbers:
        factor = ("zip", numbers[ZIP_DIGITS])
    elif SSN_DIGITS in numbers:
        factor = ("ssn_last4", numbers[SSN_DIGITS])
    return Answer(
        account_number=numbers.get(ACCOUNT_DIGITS),
        method=factor[0] if factor else None,
        value=factor[1] if factor else None,
        code=numbers.get(CODE_DIGITS),
        wants_code=bool(_SEND_CODE.search(said)) and not _ASKS.match(said),
        masked=masked,
    )


def of_a_phone(told: str) -> bool:
    """Whether what we said last is about a phone number."""
    return any(word.lastgroup == "phone" for word in _NAMED.finditer(told))


def only_details(masked: str) -> bool:
    """Whether words hold nothing but details that were given."""
    return _BESIDE.match(masked) is not None


def courtesy(said: str) -> Literal["thanks", "wait"] | None:
    """Words that ask for nothing: "ok, thanks", "one moment"."""
    if not _COURTESY.match(said):
        return None
    return "thanks" if _THANKED.search(said) else "wait"


def wish_of(messages: Sequence[AnyMessage], key: str) -> str:
    """What else was said beside an account number that began the check under way: it is taken up
    once that has passed. All of it was said before anybody was verified.

    key: the id of the message that is being answered.
    """
    for message in reversed(messages):
        if isinstance(message, AIMessage):
            if message.additional_kwargs.get(RUNG, 0) >= Rung.VERIFIED:
                return ""
            continue
        told = message.text if isinstance(message, HumanMessage) and message.id != key else ""
        if DETAIL_MASK in told and not only_details(told):
            return told
    return ""


def _date_in(text: str) -> tuple[date | None, str]:
    """A date of birth, and the text without it."""
    for words in (_FECHA.sub(_in_iso, text), date_said(text)):
        match = _DATE.search(words)
        found = _parsed(match.group()) if match else None
        if match and found:
            return found, words[: match.start()] + DETAIL_MASK + words[match.end() :]
    return None, text


def _in_iso(match: re.Match[str]) -> str:
    month = [*calendar.month_name].index(MONTHS[match["month"].lower()].capitalize())
    return f"{match['year']}-{month:02}-{int(match['day']):02}"


def _parsed(words: str) -> date | None:
    try:
        found = dates.parse(words, default=datetime(1900, 1, 1)).date()
        two_digits = re.search(r"\D\d\d$", words) and not re.search(r"\d{4}", words)
        # Whoever has an account is grown up: "62" is 1962, and so is "12" 1912.
        return found.replace(year=_century(found.year % 100)) if two_digits else found
    except (ValueError, OverflowError):
        return None


def _century(two_digits: int) -> int:
    return two_digits + (2000 if two_digits < PIVOT else 1900)


def _numbers_in(text: str, phones: Collection[str], *, asked: bool) -> tuple[dict[int, str], str]:
    """Numbers of telling lengths, by length, and the text without them. Phone numbers stay."""
    found: dict[int, str] = {}
    telling = (ACCOUNT_DIGITS, CODE_DIGITS, ZIP_DIGITS, SSN_DIGITS)

    def take(match: re.Match[str]) -> str:
        groups = re.split(r"[ -]", match.group())
        if not all(len(group) in telling for group in groups):
            groups = _cut("".join(groups))
        for group in groups:
            if len(group) in telling:
                found.setdefault(len(group), group)
        return DETAIL_MASK if any(len(group) in telling for group in groups) else match.group()

    kept, done = "", 0
    for match in _PHONE.finditer(text):
        if _is_phone(match, phones, asked=asked):
            kept += _NUMBERS.sub(take, text[done : match.start()]) + match.group()
            done = match.end()
    return found, kept + _NUMBERS.sub(take, text[done:])


def _is_phone(match: re.Match[str], phones: Collection[str], *, asked: bool) -> bool:
    """Whether ten digits are a phone's: on file, called one, or written as one."""
    if _ten(match.group()) in phones:
        return True
    before = re.split(r"[.;,?!\d]", match.string[max(0, match.start() - _LEAD) : match.start()])[-1]
    named = [word.lastgroup for word in _NAMED.finditer(before)]
    if named:
        if named[-1] == "phone":
            return True
        if "phone" not in named:
            return False
    # Neither part of a number in North America begins with 0 or 1.
    could_be = match["area"][0] not in "01" and match["exchange"][0] not in "01"
    return could_be and (bool(match["after"]) or not asked)


def _ten(number: str) -> str:
    return re.sub(r"\D", "", number)[-ACCOUNT_DIGITS:]


def _cut(digits: str) -> list[str]:
    """Digits run together: an account number and perhaps a factor behind it."""
    if len(digits) in (ACCOUNT_DIGITS + ZIP_DIGITS, ACCOUNT_DIGITS + SSN_DIGITS):
        return [digits[:ACCOUNT_DIGITS], digits[ACCOUNT_DIGITS:]]
    return [digits]
