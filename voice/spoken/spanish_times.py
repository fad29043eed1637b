"""Days and times as Spanish says them."""

from __future__ import annotations

import re

from contracts.spanish import MONTHS
from voice.spoken.mapping import Form
from voice.spoken.numbers import spanish
from voice.spoken.stamps import STAMP

Match = re.Match[str]

_NAMES = [name for name in MONTHS if name != "setiembre"]
_MONTH = rf"(?P<month>{'|'.join(MONTHS)})"
# Days and months, from the first of which to the second something lasts.
_SHORT = {name[:3]: name for name in _NAMES} | {"sept": "septiembre"}
_DAYS = {"lun": "lunes", "mar": "martes", "mié": "miércoles", "jue": "jueves", "vie": "viernes",
         "sáb": "sábado", "dom": "domingo"}  # fmt: skip
_SPAN = rf"lunes|martes|miércoles|jueves|viernes|sábado|domingo|{'|'.join(MONTHS)}"
_HALF = r"(?P<half>[AaPp]\.?[ \u00a0\u202f]?[Mm]\b\.?)(?P<stop>(?=\s*$|\s+[A-ZÁÉÍÓÚÑ¿¡]))?"
_MERIDIEM = r"[ \u00a0\u202f]?[AaPp]\.?[ \u00a0\u202f]?[Mm]\b"


def _month(match: Match) -> str:
    """After its day: "de nov. de 2026", "nov 2026"."""
    said = f"de {_SHORT[match['short'].lower()]}"
    return said if match["year"] is None else f"{said} de"


def _day(match: Match) -> str:
    day = int(match["day"])
    return "primero" if day == 1 else spanish(day)


def _numeric_date(match: Match) -> str | None:
    return _date(int(match["day"]), int(match["month"]), int(match["year"]))


def _slashed_date(match: Match) -> str | None:
    """Some write the month first and some the day; where it might be either, nobody is told."""
    one, two, year = int(match["one"]), int(match["two"]), match["year"]
    if one <= 12 and two <= 12 and one != two:
        return None
    if len(year) == 2:
        year = f"{'19' if year >= '50' else '20'}{year}"
    return _date(max(one, two), min(one, two), int(year))


def _date(day: int, month: int, year: int) -> str | None:
    if not (1 <= month <= 12 and 1 <= day <= 31):
        return None
    said = "primero" if day == 1 else spanish(day)
    return f"{said} de {_NAMES[month - 1]} de {spanish(year)}"


def _time(match: Match) -> str:
    """Hours are feminine: "la una", "las nueve y media de la noche"."""
    hour, minute = int(match["hour"]), int(match["minute"] or 0)
    stop = "" if match["stop"] is None else "."
    part = _part_of_day(hour, minute, afternoon=match["half"][0] in "pP")
    return f"{_clock(hour, minute)} {part}{stop}"


def _time_of_24(match: Match) -> str:
    """ "las diez y media"; "las quince treinta", as nobody says "quince y media"."""
    hour, minute = int(match["hour"]), int(match["minute"])
    if match["hour"] == "00":
        return f"{_clock(12, minute)} {_part_of_day(12, minute, afternoon=False)}"
    if hour <= 12:
        return _clock(hour, minute) + ("" if minute else " en punto")
    said = spanish(hour, feminine=True)
    if not minute:
        return f"{said} horas"
    return f"{said} {'cero ' if minute < 10 else ''}{spanish(minute)}"


def _stamp(match: Match) -> str | None:
    day = _numeric_date(match)
    hour, minute = int(match["hour"]), int(match["minute"])
    of_12 = hour % 12 or 12
    said = f"{_clock(of_12, minute)} {_part_of_day(of_12, minute, afternoon=hour >= 12)}"
    return day and f"{day} a la{'' if of_12 == 1 else 's'} {said}{match['stop'] or ''}"


def _clock(hour: int, minute: int) -> str:
    return spanish(hour, feminine=True) + (f" y {_minutes(minute)}" if minute else "")


def _minutes(minute: int) -> str:
    return {15: "cuarto", 30: "media"}.get(minute) or spanish(minute)


def _part_of_day(hour: int, minute: int, *, afternoon: bool) -> str:
    if afternoon:
        if hour == 12 and not minute:
            return "del mediodía"
        return "de la tarde" if hour == 12 or hour < 8 else "de la noche"
    if hour == 12:
        return "de la noche"
    return "de la madrugada" if hour < 5 else "de la mañana"


def _hour_before(match: Match) -> str:
    """The first hour of "de 8 a 10 a. m."."""
    return spanish(int(match[0]), feminine=True)


STAMPS: tuple[Form, ...] = ((STAMP, _stamp),)
# Dates in figures, and from when to when: before other forms take a dash for their own.
SPANS: tuple[Form, ...] = (
    (re.compile(r"\b(?P<year>\d{4})-(?P<month>\d\d)-(?P<day>\d\d)\b"), _numeric_date),
    (
        re.compile(
            r"(?<![\w/-])(?P<one>\d{1,2})/(?P<two>\d{1,2})/(?P<year>\d{4}|\d\d)\b(?![/-]\d)"
        ),
        _slashed_date,
    ),
    (
        re.compile(
            r"(?:(?<=[AaPp][Mm])|(?<=[ap]\.m\.)|(?<=[ap]\.[ \u00a0\u202f]m\.))\s?[–-]\s?"
            rf"(?=\d{{1,2}}(?::\d\d)?{_MERIDIEM})"
        ),
        lambda _: " a ",
    ),
    (
        re.compile(rf"\b(?P<first>{_SPAN})\s?[–-]\s?(?P<last>{_SPAN})\b"),
        lambda m: f"{m['first']} a {m['last']}",
    ),
)
MOMENTS: tuple[Form, ...] = (
    (
        re.compile(rf"\b(?P<day>[12]?\d|3[01])(?= (?:de )?(?:{_MONTH}|(?:{'|'.join(_SHORT)})\b))"),
        _day,
    ),
    (
        re.compile(
            rf"(?<=\x00 )(?:de )?(?P<short>{'|'.join(_SHORT)})\b(?:\.(?!$))?"
            r"(?P<year>(?: de)?(?= \d{4}\b))?"
        ),
        _month,
    ),
    (
        re.compile(rf"\b(?P<short>{'|'.join(_DAYS)})\.(?= [\d\x00])"),
        lambda m: _DAYS[m["short"]],
    ),
    (
        re.compile(
            rf"(?<= )(?P<day>[12]?\d|3[01])(?= (?:y|al|a|o) (?:el )?\d{{1,2}} de {_MONTH}\b)"
        ),
        _day,
    ),
    (
        # The first of two times that are of the same part of the day.
        re.compile(
            r"\b(?P<hour>[01]?\d|2[0-3]):00"
            rf"(?=(?:\x00+| (?:a|y) (?:las )?)\d{{1,2}}(?::\d\d)?{_MERIDIEM})"
        ),
        lambda m: spanish(int(m["hour"]), feminine=True),
    ),
    (
        re.compile(
            r"\b(?P<hour>[01]?\d|2[0-3])(?::(?P<minute>[0-5]\d)(?::[0-5]\d)?)?"
            rf"[ \u00a0\u202f]?{_HALF}"
        ),
        _time,
    ),
    (
        re.compile(
            r"\b(?P<hour>[01]?\d|2[0-3]):(?P<minute>[0-5]\d)(?::[0-5]\d)?\b(?: ?h(?:rs)?\b)?"
        ),
        _time_of_24,
    ),
    (
        re.compile(r"(?:(?<=\bde )|(?<=\blas )|(?<=\bla ))\d{1,2}(?= (?:a|y) (?:las )?\x00)"),
        _hour_before,
    ),
)
