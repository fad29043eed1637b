"""Spanish days, times and figures in the English words that the readers of `dates` and `arguments`
know: "el viernes por la tarde" is "friday afternoon", "dentro de dos semanas" "in 2 weeks".

What shows no Spanish word passes through unchanged.
"""

from __future__ import annotations

import re
from collections.abc import Callable

from contracts.spanish import DAYS, MONTHS, unaccented

_TEENS = (
    "cero uno dos tres cuatro cinco seis siete ocho nueve diez once doce trece catorce quince "
    "dieciseis diecisiete dieciocho diecinueve veinte veintiuno veintidos veintitres veinticuatro "
    "veinticinco veintiseis veintisiete veintiocho veintinueve"
)
_ROUND = "treinta cuarenta cincuenta sesenta setenta ochenta noventa"
_UNITS = {"veintiun": 21, **{word: number for number, word in enumerate(_TEENS.split())}}
_TENS = {word: 10 * number for number, word in enumerate(_ROUND.split(), 3)}
_HUNDREDS = {
    "cien": 100,
    "ciento": 100,
    "doscientos": 200,
    "trescientos": 300,
    "cuatrocientos": 400,
    "quinientos": 500,
    "seiscientos": 600,
    "setecientos": 700,
    "ochocientos": 800,
    "novecientos": 900,
}
_NUMBERS = {**_UNITS, **_TENS, **_HUNDREDS, "mil": 1_000}
_TELLING = re.compile(
    r"\b(?:"
    + "|".join([*DAYS, *MONTHS, *(set(_NUMBERS) - {"once"})])
    + r"|hoy|ayer|anteayer|antier|anoche|manana|tarde|noche|mediodia|medianoche|madrugada|dias?"
    r"|semanas?|mes|meses|ano|anos|horas?|minutos|dolares|dolar|centavos|pesos|a la una|a las?"
    r"|antes|despues|ahora|ahorita|doble|primero|media|todo|ultimos|cuando|cualquier|cualquiera"
    r"|dentro|hace|fin|fines|final|nacido|naci|pronto|posible|el \d{1,2}|del?)\b"
)
_UNIT, _TEN, _HUNDRED = ("|".join(words) for words in (_UNITS, _TENS, _HUNDREDS))
_BELOW_100 = rf"(?:(?:{_TEN})(?: y (?:{_UNIT}))?|{_UNIT})"
_BELOW_1000 = rf"(?:(?:{_HUNDRED})(?: {_BELOW_100})?|{_BELOW_100})"
_NUMERAL = re.compile(rf"\b(?:(?:{_BELOW_1000} )?mil(?: {_BELOW_1000})?|{_BELOW_1000})\b")
_CLOCK = r"\d{1,2}(?::\d{2})?"
_HALF = r"(?:[ap]\.? ?m\.?)"


def in_english(text: str) -> str:
    """A Spanish text with its days, times and numbers in English; any other as it is."""
    said = unaccented(text)
    if not _TELLING.search(said):
        return text
    said = numbered(_ONE.sub("1", said))
    for pattern, words in _WAYS:
        said = pattern.sub(words, said)
    return " ".join(said.split())


def numbered(text: str) -> str:
    """A text without accents whose Spanish numerals are digits: "ciento cuarenta y dos" is "142",
    and numbers said one by one stay so: "cuatro ocho" is "4 8"."""
    return _NUMERAL.sub(lambda found: str(_value(found[0])), text)


def _value(numeral: str) -> int:
    before, thousand, after = numeral.partition("mil")
    if thousand:
        return (_sum(before) or 1) * 1_000 + _sum(after)
    return _sum(numeral)


def _sum(words: str) -> int:
    return sum(_NUMBERS.get(word, 0) for word in words.split())


def _before(found: re.Match[str]) -> str:
    """ "Las 3 menos cuarto" is 2:45."""
    hour, off = int(found[1]), 15 if found[2] == "cuarto" else int(found[2])
    return f"{hour - 1 or 12}:{60 - off:02d}"


def _late(found: re.Match[str]) -> str:
    """ "3 de la tarde" is 3 PM, "12 de la noche" midnight."""
    midnight = found[2] == "noche" and found[1].split(":")[0] == "12"
    return f"{found[1]} {'am' if midnight else 'pm'}"


_ONE = re.compile(
    r"\b(?:una?)\b(?= (?:dia|semana|mes|ano|hora|minuto|dolar))|(?<=a la )una\b|\bprimero\b(?= de )"
    r"|(?<=despues de la )una\b|(?<=antes de la )una\b|(?<=de la )una\b|(?<=eso de la )una\b"
)
_ANY_MONTH, _ANY_DAY = "|".join(MONTHS), "|".join(DAYS)
_Way = tuple[str, "str | Callable[[re.Match[str]], str]"]
_TIMES: tuple[_Way, ...] = (
    (r"(\d{1,2})(?:ro|do|er|o|º|°|\.o)\b", r"\1"),
    (r"\b(\d{1,2}) y media\b", r"\1:30"),
    (r"\b(\d{1,2}) y cuarto\b", r"\1:15"),
    (r"\b(\d{1,2}) menos (cuarto|\d{1,2})\b", _before),
    (r"\b(las? \d{1,2}) y (\d{2})\b", r"\1:\2"),
    (r" en punto\b", ""),
    (rf"\b({_CLOCK}) (?:de|por|en) la (?:manana|madrugada)\b", r"\1 am"),
    (rf"\b({_CLOCK}) (?:de|por|en) la (tarde|noche)\b", _late),
    (rf"\b({_CLOCK}) del medio ?dia\b", r"\1 pm"),
    (
        rf"\b(?:entre|de|desde) (?:las? )?({_CLOCK}(?: {_HALF})?) (?:y|a|hasta) (?:las? )?"
        rf"(?={_CLOCK})",
        r"\1 to ",
    ),
    (rf"\bantes de las? (?={_CLOCK})", "before "),
    (rf"\b(?:despues|a partir) de las? (?={_CLOCK})", "after "),
    (rf"\bhasta las? (?={_CLOCK})", "until "),
    (rf"\bdesde las? (?={_CLOCK})", "from "),
    (rf"\b(?:como a|a eso de|alrededor de|cerca de|sobre) las? (?={_CLOCK})", "around "),
    (rf"\b(?:a )?las? (?={_CLOCK})", "at "),
    (r"\b(?:al? )?medio ?dia\b", "noon"),
    (r"\b(?:a )?(?:la )?medianoche\b", "at 12 am"),
    (r"\bantes d(?:e|el) (?:noon|almuerzo)\b", "before lunch"),
    (r"\bdespues d(?:e|el) (?:noon|almuerzo)\b", "after lunch"),
)
_SPANS: tuple[_Way, ...] = (
    (r"\b(?:la|una) media hora\b|\bmedia hora\b", "half an hour"),
    (r"\b(\d{1,3}) horas y media\b", r"\1.5 hours"),
    (r"\btodo el dia\b|\b(?:las )?24 horas(?: del dia)?(?= al dia|$)", "all day"),
    (r"\bhoras?\b", "hours"),
    (r"\bminutos?\b", "minutes"),
    (r"\bsemanas\b", "weeks"),
    (r"\bmeses\b", "months"),
    (r"\banos?\b", "years"),
    (r"\b1 semana\b", "1 week"),
    (r"\b1 mes\b", "1 month"),
    (r"\bdias\b", "days"),
    (r"\b1 dia\b", "1 day"),
    (r"\b(?:dentro de|de aqui a|en) (?=(?:unos |unas )?(?:\d|half an hour))", "in "),
    (r"\bin un[ao]s ", "in "),
    (r"\bhace (\d{1,2} (?:day|week)s?)\b", r"\1 ago"),
)
_CALENDAR: tuple[_Way, ...] = (
    (r"\bpasado manana\b", "day after tomorrow"),
    (r"\b(?:anteayer|antier|antes de ayer)\b", "2 days ago"),
    (r"\b(?:ayer|anoche)\b", "yesterday"),
    (r"\besta manana\b", "this morning"),
    (r"\b(?:por|en|de|a) la (?:manana|madrugada)\b", "morning"),
    (r"\b(?:las? )?mananas\b", "morning"),
    (r"\besta tarde\b", "this afternoon"),
    (r"\b(?:(?:por|en|de|a) )?(?:las? )?tardes?\b", "afternoon"),
    (r"\besta noche\b", "tonight"),
    (r"\b(?:(?:por|en|de|a) )?(?:las? )?noches?\b", "evening"),
    (rf"\b({_ANY_DAY}) manana\b", r"\1 morning"),
    (r"\bmanana\b", "tomorrow"),
    (r"\bhoy\b", "today"),
    (
        r"\b(?:a |al )?(?:fin|fines|final|finales|ultimo dia) de(?:l)? "
        r"(?:proximo mes|mes que viene|mes proximo|mes siguiente)\b",
        "end of next month",
    ),
    (
        r"\b(?:a |al )?(?:fin|fines|final|finales|ultimo dia) de(?:l)? (?:este )?mes\b",
        "end of month",
    ),
    (rf"\b(\d{{1,2}}) (?:de )?({_ANY_MONTH})\b", r"\1 \2"),
    (rf"\b({_ANY_MONTH}) del? (?:ano )?(?=\d{{4}}\b)", r"\1 "),
    (rf"\b(?:el )?dia (?=\d{{1,2}} (?:{_ANY_MONTH}))", ""),
    (rf"\bel (?=\d{{1,2}} (?:{_ANY_MONTH}))", ""),
    (rf"\b(?:el|dia|para el) (\d{{1,2}})\b(?! (?:{_ANY_MONTH}))", r"the \1th"),
    (r"\b(?:el )?primero(?= |$)", "the 1th"),
    *((rf"\b{spanish}\b", english) for spanish, english in {**DAYS, **MONTHS}.items()),
    (r"\b(?:que viene|proxim[oa]|siguiente)\b", ""),
    (r"\b(?:el|los|para|este|al)\b", ""),
)
_WORDS: tuple[_Way, ...] = (
    (r"\b(?:a )?cualquier (?:hora|dia|momento|hours)\b|\bcuando (?:sea|puedan)\b", "any time"),
    (r"\bcualquiera\b|\b(?:me )?da (?:igual|lo mismo)\b", "any time"),
    (r"\b(?:lo antes posible|lo mas pronto posible|cuanto antes)\b", "as soon as possible"),
    (r"\b(?:ahora mismo|ahorita|ahora)\b", "now"),
    (r"\b(\d+) dolar(?:es)? (?:con|y) (\d{1,2})(?: centavos?)?\b", r"\1 dollars and \2 cents"),
    (r"\b(\d+) con (\d{1,2})(?: centavos?)?\b", r"\1 dollars and \2 cents"),
    (r"\b(?:dolar(?:es)?|pesos)\b", "dollars"),
    (r"\bcentavos?\b", "cents"),
    (r"\b(?:unos|unas|como|solo|solamente|exactamente|nada mas)\b", ""),
    (r"\bmenos (?=\$?\d)", "minus "),
    (r"\bdoble\b", "double"),
    (r"\b(?:los )?ultimos (?:4|cuatro)\b", "last 4"),
)
_WAYS: tuple[tuple[re.Pattern[str], str | Callable[[re.Match[str]], str]], ...] = tuple(
    (re.compile(pattern), words) for pattern, words in (*_WORDS, *_TIMES, *_SPANS, *_CALENDAR)
)
