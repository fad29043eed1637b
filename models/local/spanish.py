"""Spanish as it is said of days, times, figures, cards and things, in the English words that
`slots` and the tools look for: "la mitad con mi tarjeta Visa" is "half with my visa card".

What shows no Spanish passes through unchanged, and so do words that are no slot's.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from functools import cache, lru_cache

from contracts.spanish import DAYS, MONTHS, accentable

_REMEMBERED = 256  # texts; a decision looks at the same one many times


_DAYS = {accentable(day): english for day, english in DAYS.items()}
_MONTHS = {accentable(month): english for month, english in MONTHS.items()}
_DAY, _MONTH = "|".join(_DAYS), "|".join(_MONTHS)
_NUMBERS = (
    "dos|tres|cuatro|cinco|seis|siete|ocho|nueve|diez|once meses|doce|trece|catorce|quince|"
    r"diecis[eé]is|diecisiete|dieciocho|diecinueve|veint\w+|treinta|cuarenta|cincuenta|sesenta|"
    r"setenta|ochenta|noventa|cien|ciento|\w*cientos|quinientos|mil"
)
_TELLING = re.compile(
    rf"[¿¡ñáéíóú]|\b(?:{_DAY}|{_MONTH}|{_NUMBERS}|el|los|las|una?|uno|mi|con|para|por|del?|que|quiero|"
    r"pagar|pago|pagos|cuotas|centavos?|hoy|ayer|anoche|tarde|noche|dias?|semanas?|mes|meses|horas?|"
    r"dolar(?:es)?|tarjeta|cuenta|banco|mitad|todo|toda|saldo|otr[oa]|primer[oa]?|segund[oa]|"
    r"tercer[oa]?|ultim[oa]|menos|anterior|luz|recibo|factura|carro|nevera|esposo|esposa|correo)\b",
    re.IGNORECASE,
)

_Way = tuple[str, str | Callable[[re.Match[str]], str]]


def _dated(found: re.Match[str]) -> str:
    year = f", {found['year']}" if found["year"] else ""
    return f"{_meaning(found['month'], _MONTHS)} {found['day']}{year}"


def _next(found: re.Match[str]) -> str:
    return f"next {_meaning(found[1] or found[2], _DAYS)}"


def _last(found: re.Match[str]) -> str:
    return f"last {_meaning(found[1] or found[2], _DAYS)}"


def _clock(found: re.Match[str]) -> str:
    """ "A las 3 y media de la tarde" is "at 3:30 pm"."""
    part = (found["part"] or "").lower()
    half = " pm" if part.startswith(("tarde", "noche")) else " am" if part else ""
    quarter = {"media": ":30", "quarter": ":15"}.get((found["past"] or "").lower(), "")
    hour = "1" if found["hour"].lower() == "una" else found["hour"]
    return f"at {hour}{quarter or found['minutes'] or ''}{half}"


def _meaning(word: str, table: Mapping[str, str]) -> str:
    return next(english for spanish, english in table.items() if re.fullmatch(spanish, word, re.I))


_FIGURES: tuple[_Way, ...] = (
    (r"\bveinti(?:[uú]n|una)\b", "veintiuno"),
    (r"(?<=nta y )una?\b", "uno"),
    (r"\b(?:la |una )?tercera parte\b|\bun tercio\b", "a third"),
    (r"\b(?:la |una )?cuarta parte\b", "a quarter"),
    (
        r"(?<!nta y )\b(?:un[oa]?)(?= (?:d[oó]lar|mes|d[ií]a|semana|hora|pago|cuota|año|peso)\w*)",
        "1",
    ),
    (
        r"\b(dos|tres)(?= (?:d[oó]lar|mes|d[ií]a|semana|hora|pago|cuota|año|peso|veces|recibo|"
        r"factura)\w*|\W*$)",
        lambda found: {"dos": "2", "tres": "3"}[found[1].lower()],
    ),
    (r"\bprimer[oa]?\b(?! de)|\bm[aá]s (?:pronto|temprano)\b", "first"),
    (r"\bsegund[oa]\b", "second"),
    (r"\btercer[oa]?\b(?! parte)", "third"),
    (r"\by cuarto\b", "y quarter"),
    (r"\bcentavos?\b", "cents"),  # which is a fraction, too
    (r"(?<=las )(dos|tres)\b", lambda found: {"dos": "2", "tres": "3"}[found[1].lower()]),
)
_MONEY: tuple[_Way, ...] = (
    (
        r"\b(\d+) (?:d[oó]lar(?:es)? )?(?:con|y) (\d{1,2})(?: cents)?\b",
        r"\1 dollars and \2 cents",
    ),
    (r"\b(?:d[oó]lar(?:es)?|pesos)\b", "dollars"),
    (r"\bpor ?ciento\b", "percent"),
    (r"\b(?:la |una )?mitad\b", "half"),
    (
        r"\b(?:de |como )?(?:enganche|entrada|anticipo|pago inicial) de (?=\$?\d)",
        "down payment of ",
    ),
    (r"\b(?:de|como) (?:enganche|entrada|anticipo|pago inicial)\b|\bpor adelantado\b", "down"),
    (r"\bun poco menos\b|\bmenos\b", "less"),
    (r"\b(?:el |lo )?m[ií]nimo\b", "the minimum"),
    (r"\b(?:una |solo )parte\b", "a part"),
    (r"\btodo el d[ií]a\b", "all day"),
    (r"\b(?:todo|toda)\b(?! (?:el|la) (?:d[ií]a|noche|tiempo))|\bcomplet[oa]\b", "all of it"),
    (r"\blo que debo\b", "what i owe"),
    (r"\bsaldo\b", "balance"),
    (r"\bahora(?: mismo)?\b|\bahorita\b", "now"),
)
_METHODS: tuple[_Way, ...] = (
    (r"\btarjeta(?: de cr[eé]dito| de d[eé]bito)? (visa|master ?card|amex|discover)", r"\1 card"),
    (r"\btarjeta de cr[eé]dito\b", "credit card"),
    (r"\btarjeta de d[eé]bito\b", "debit card"),
    (r"\b(?:la |mi )?tarjeta\b", "card"),
    (r"\bcuenta (?:de )?(?:cheques|corriente)\b", "checking account"),
    (r"\b(?:la |con )?de cheques\b", "checking account"),
    (r"\b(?:la |con )?de ahorros\b", "savings account"),
    (r"\bcuenta (?:de )?ahorros?\b", "savings account"),
    (r"\bcuenta (?:del? )?(?:banco|bancaria)\b|\b(?:del|mi|el) banco\b", "bank account"),
    (r"\b(?:que )?termina(?:da)? en\b|\bcon terminaci[oó]n\b", "ending in"),
    (r"\bcuenta(?= (?:\d|ending))", "account"),
)
_CALENDAR: tuple[_Way, ...] = (
    (rf"\b(?:el )?primero de (?=(?:{_MONTH}))", "1 de "),
    (
        rf"\b(?:el )?(?:d[ií]a )?(?P<day>\d{{1,2}}) (?:de )?(?P<month>{_MONTH})"
        r"(?: del? (?P<year>\d{4}))?\b",
        _dated,
    ),
    (r"\bpasado mañana\b", "day after tomorrow"),
    (r"\b(?:anteayer|antier)\b", "2 days ago"),
    (r"\banoche\b", "last night"),
    (r"\bayer\b", "yesterday"),
    (r"\bhoy\b", "today"),
    (r"\besta noche\b", "tonight"),
    (
        r"\b(?:a|desde|para) las? (?P<hour>\d{1,2}|una)(?P<minutes>:\d\d)?"
        r"(?: y (?P<past>media|quarter))?(?: (?:de|por|en) la (?P<part>mañana|tarde|noche))?\b",
        _clock,
    ),
    (r"\b(?:entre|de|desde) (?:las? )?(\d{1,2}) (?:y|a|hasta) (?:las? )?(\d{1,2})\b", r"\1-\2"),
    (r"\b(?:por|en|de) la mañana\b|\btemprano\b", "morning"),
    (r"\b(?:por|en|de) la tarde\b|\besta tarde\b", "afternoon"),
    (r"\b(?:por|en|de) la noche\b", "evening"),
    (rf"\b(?:el )?(?:pr[oó]ximo )({_DAY})\b|\b(?:el )?({_DAY}) (?:que viene|pr[oó]ximo)\b", _next),
    (rf"\b(?:el )?({_DAY}) pasado\b|\b(?:el )?pasado ({_DAY})\b", _last),
    (r"\b(?:la )?(?:pr[oó]xima semana|semana que viene|semana pr[oó]xima)\b", "next week"),
    (r"\b(?:el )?(?:pr[oó]ximo mes|mes que viene|mes pr[oó]ximo)\b", "next month"),
    (r"\b(?:la )?semana pasada\b", "last week"),
    (r"\b(?:el )?(?:mes pasado|mes anterior)\b", "last month"),
    (r"\b(?:el )?(?:año pasado|año anterior)\b", "last year"),
    (r"\b(?:el )?(?:invierno pasado)\b", "last winter"),
    (r"\b(?:el )?(?:verano pasado)\b", "last summer"),
    (r"\b(?:el |la )?anterior\b", "previous"),
    (r"\bfin(?:es)? de semana\b", "weekend"),
    (
        r"\b(?:a |al )?(?:fin(?:es)?|final(?:es)?) (?:de|del) (?:este )?mes\b",
        "the end of this month",
    ),
    (r"\bmañana\b", "tomorrow"),
    (r"\b(?:el|al|del|d[ií]a) (\d{1,2})\b(?! ?(?:por|percent|de cada|:))", r"the \1th"),
    (r"\b(?:dentro de|en) (\d{1,2}) d[ií]as?\b", r"in \1 days"),
    (r"\b(?:dentro de|en) (\d{1,2}) semanas?\b", r"in \1 weeks"),
    (r"\bhace (\d{1,2}) d[ií]as?\b", r"\1 days ago"),
    (r"\bhace (\d{1,2}) semanas?\b", r"\1 weeks ago"),
    (r"\bd[ií]a y medio\b", "day and a half"),
    (r"\b(?:meses|mes)\b", "months"),
    (r"\baños?\b", "years"),
    (r"\bsemanas?\b", "weeks"),
    (r"\bhoras?\b", "hours"),
    (r"\bminutos?\b", "minutes"),
    (r"\b(?:al|por|cada) d[ií]a\b", "a day"),
    (r"\bd[ií]as?\b", "days"),
    (r"\bmedio ?d[ií]a\b", "noon"),
    (r"\b(?:cuotas|mensualidades|pagos|plazos|partes)\b", "payments"),
)
_NAMES: tuple[_Way, ...] = (
    *((rf"\b(?:el |este )?{spanish}\b", english) for spanish, english in _DAYS.items()),
    *((rf"\b{spanish}\b", english) for spanish, english in _MONTHS.items()),
)
_WORDS: tuple[_Way, ...] = (
    (r"\b(?:el |la )?otr[oa](?: (?:tarjeta|cuenta|d[ií]a|cita|hora))?\b", "the other one"),
    (r"\b[uú]ltim[oa]\b", "last"),
    (r"\b(?:mensajes? de texto|mensaje|mensajito|texto)\b", "text message"),
    (r"\bcorreo(?: electr[oó]nico)?\b", "email"),
    (r"\b(?:llamada|tel[eé]fono|celular)\b", "phone"),
    (r"\b(?:p[aá]gina|sitio) web\b", "website"),
    (r"\b(?:luz|electricidad|corriente)\b", "power"),
    (r"\b(?:factura|recibo)s?\b", "bill"),
    (r"\b(?:esposo|marido)\b", "husband"),
    (r"\b(?:esposa|mujer)\b", "wife"),
    (r"\b(?:hijo)\b", "son"),
    (r"\b(?:hija)\b", "daughter"),
    (r"\b(?:madre|mam[aá])\b", "mother"),
    (r"\b(?:padre|pap[aá])\b", "father"),
    (r"\bhermano\b", "brother"),
    (r"\bhermana\b", "sister"),
    (r"\b(?:novi[oa]|pareja)\b", "partner"),
    (r"\bcompañer[oa] de (?:cuarto|casa|piso)\b", "roommate"),
    (r"\bamig[oa]\b", "friend"),
    (r"\binquilin[oa]\b", "tenant"),
)
# What the usage and billing tools know by name.
_THINGS: tuple[_Way, ...] = (
    (r"\bcalentador de agua\b|\bb[oó]iler\b", "water heater"),
    (r"\b(?:calentador|calefactor)(?:cito)?\b", "space heater"),
    (r"\b(?:carro|auto|coche|veh[ií]culo)(?: el[eé]ctrico)?\b", "electric car"),
    (r"\b(?:refrigerador|refri|nevera|heladera)\b", "fridge"),
    (r"\bcongelador\b", "freezer"),
    (r"\bsecadora\b", "clothes dryer"),
    (r"\blavadora\b", "washing machine"),
    (r"\b(?:lavaplatos|lavavajillas)\b", "dishwasher"),
    (r"\b(?:aire acondicionado|el aire|clima)\b", "air conditioner"),
    (r"\bjacuzzi\b", "hot tub"),
    (r"\b(?:tele|televisi[oó]n|televisor)\b", "tv"),
    (r"\bhorno\b", "oven"),
    (r"\bcomputadora\b", "computer"),
    (r"\bventilador\b", "fan"),
    (r"\bcalefacci[oó]n\b", "heating"),
    (r"\bagua caliente\b", "hot water"),
    (r"\b(?:focos|bombillas|luces|iluminaci[oó]n)\b", "lighting"),
    (r"\belectrodom[eé]sticos\b", "appliances"),
    (r"\baislamiento\b", "insulation"),
    (r"\b(?:cargo|recargo) por (?:mora|retraso|atraso|pago tard[ií]o)\b|\brecargo\b", "late fee"),
    (r"\bdep[oó]sito\b", "deposit"),
    (r"\b(?:entrega|distribuci[oó]n)\b", "delivery"),
    (r"\bimpuestos?\b", "tax"),
    (r"\bapag[oó]n(?:es)?\b|\bcorte de power\b", "outage"),
    (
        r"\b(?:tan|muy|m[aá]s) (?:alt[oa]|car[oa])\b|\b(?:subi[oó]|aument[oó])\b",
        "high bill",
    ),
)


@lru_cache(maxsize=_REMEMBERED)
def in_english(text: str) -> str:
    """A text whose Spanish days, times, figures and things are English words and digits."""
    if not _TELLING.search(text):
        return text
    said = _numbered(_put(text, _FIGURES))
    for ways in (_MONEY, _METHODS, _CALENDAR, _NAMES, _WORDS, _THINGS):
        said = _put(said, ways)
    return re.sub(r"\s{2,}", " ", said)


def _put(text: str, ways: tuple[_Way, ...]) -> str:
    for pattern, english in ways:
        text = _compiled(pattern).sub(english, text)
    return text


@cache
def _compiled(pattern: str) -> re.Pattern[str]:
    return re.compile(pattern, re.IGNORECASE)


def _numbered(text: str) -> str:
    """Numbers from four on as digits: smaller ones are words of every day."""
    from text_to_num import alpha2digit  # type: ignore[attr-defined]

    return str(alpha2digit(text, "es"))
