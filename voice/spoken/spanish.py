"""Spanish as it is said: each form with what stands for it."""

from __future__ import annotations

import re
from decimal import Decimal

from voice.spoken.addresses import addresses
from voice.spoken.codes import Words, codes
from voice.spoken.mapping import Form, apart
from voice.spoken.numbers import MOST, figure_by_figure, grouped, spanish
from voice.spoken.spanish_times import MOMENTS, SPANS, STAMPS

Match = re.Match[str]

_NUMBER = r"(?:\d{1,3}(?:,\d{3})+|\d+)(?:\.\d+)?(?!\d)"
_UNITS = {
    "kWh": ("kilovatio hora", "kilovatios hora"),
    "kW": ("kilovatio", "kilovatios"),
    "kV": ("kilovoltio", "kilovoltios"),
    "°F": ("grado", "grados"),
    "°": ("grado", "grados"),
    "°C": ("grado Celsius", "grados Celsius"),
    "%": ("por ciento", "por ciento"),
    "¢": ("centavo", "centavos"),
    "MWh": ("megavatio hora", "megavatios hora"),
    "W": ("vatio", "vatios"),
    "V": ("voltio", "voltios"),
    "min": ("minuto", "minutos"),
    "seg": ("segundo", "segundos"),
    "h": ("hora", "horas"),
    "hrs": ("hora", "horas"),
}
_HOURS = ("h", "hrs")
_UNIT = "|".join(sorted(_UNITS, key=len, reverse=True))
_PER_UNIT = "kWh|kW|therm|termia|mes|año|semana|día|hora|persona|hogar"
_AMOUNT = rf"\$(?P<below>[-−]|)(?P<amount>{_NUMBER}|\.\d\d?(?!\d))"
_SIZES = {
    "mil": "mil dólares", "K": "mil dólares", "k": "mil dólares",
    "millón": "millón de dólares", "millones": "millones de dólares", "M": "millones de dólares",
}  # fmt: skip
_FRACTIONS = {
    "1/2": "medio", "1/3": "un tercio", "2/3": "dos tercios", "1/4": "un cuarto",
    "3/4": "tres cuartos", "½": "medio", "⅓": "un tercio", "⅔": "dos tercios", "¼": "un cuarto",
    "¾": "tres cuartos",
}  # fmt: skip
_ORDINALS = (
    "primero", "segundo", "tercero", "cuarto", "quinto", "sexto", "séptimo", "octavo", "noveno",
    "décimo",
)  # fmt: skip
_WORDS = {
    "LIHEAP": "Líjip", "ENERGY STAR": "Energy Star", "kWh": "kilovatios hora", "kW": "kilovatios",
    "PO Box": "apartado postal", "P.O. Box": "apartado postal", "Sr.": "señor", "Sra.": "señora",
    "Dr.": "doctor", "Dra.": "doctora", "Av.": "Avenida", "Ud.": "usted",
    "EE. UU.": "Estados Unidos",
    "núm.": "número", "Núm.": "número", "p. ej.": "por ejemplo", "etc.": "etcétera",
    "aprox.": "aproximadamente", "°F": "grados", "24/7": "veinticuatro siete", "y/o": "y o",
    "N/A": "no disponible", "Q&A": "preguntas y respuestas", "Uds.": "ustedes",
}  # fmt: skip
_WORD = "|".join(re.escape(word) for word in sorted(_WORDS, key=len, reverse=True))
# Nouns whose ending does not tell their gender.
_MASCULINE = {"día", "días", "programa", "programas", "problema", "problemas", "sistema", "mapa",
              "sistemas", "clima", "kilovatios", "centavos", "medidor", "idioma"}  # fmt: skip
_FEMININE = re.compile(r"(?:as?|ción|ciones|dad|dades|tud|veces|vez|luces|luz)$")
_NO_NOUN = set(
    re.findall(
        r"\w+",
        "a al ante con de del desde e el en es esta está hasta la las los ni o para pero por que "
        "se si sin son sobre u un una y ya cada más menos",
    )
)


def _number(figure: str) -> str:
    """ "1,234.5" as "mil doscientos treinta y cuatro punto cinco"; five digits and more without a
    comma are a meter's, and said one by one."""
    whole, _, part = figure.replace(",", "").partition(".")
    by_digit = ("," not in figure and len(whole) > 4) or int(whole) > MOST
    said = grouped(whole, spanish) if by_digit else spanish(int(whole))
    if not part:
        return said
    zeros = len(part) - len(part.lstrip("0"))
    rest = [*["cero"] * zeros, *([spanish(int(part))] if part.strip("0") else [])]
    return f"{said} punto {' '.join(rest)}"


def _counted(match: Match) -> str:
    """A number before what it counts: "un día", "veintiuna horas", "doscientas personas"."""
    figure, noun = match["number"], match["noun"]
    if noun is None or noun in _NO_NOUN or "." in figure or ("," not in figure and len(figure) > 4):
        return apart(match, _number(figure))
    whole = int(figure.replace(",", ""))
    return spanish(whole, feminine=_is_feminine(noun), noun=True) + _of(whole)


def _of(number: int) -> str:
    """ "un millón de clientes"."""
    return " de" if number and number % 1_000_000 == 0 else ""


def _is_feminine(noun: str) -> bool:
    return noun not in _MASCULINE | _NO_NOUN and bool(_FEMININE.search(noun))


def _money(match: Match) -> str:
    amount = Decimal(match["amount"].replace(",", ""))
    return ("menos " if match["minus"] or match["below"] else "") + _dollars(amount)


def _millions(match: Match) -> str:
    """ "$1.2M", "$1.5 millones"."""
    minus = "menos " if match["minus"] or match["below"] else ""
    figure = match["amount"].replace(",", "")
    said = _number(figure) if "." in figure else spanish(int(figure), noun=True)
    return f"{minus}{said} {_SIZES[match['size'] or match['sign']]}"


def _dollars(amount: Decimal) -> str:
    if amount * 100 % 1:
        part, unit = (amount * 100, "centavos") if amount < 1 else (amount, "dólares")
        return f"{_number(f'{part.normalize():f}')} {unit}"
    dollars, cents = divmod(int(amount * 100), 100)
    unit = "dólar" if dollars == 1 else "dólares"
    said = [f"{spanish(dollars, noun=True)}{_of(dollars)} {unit}"]
    if cents:
        said = said if dollars else []
        said += [f"{spanish(cents, noun=True)} centavo{'s' * (cents != 1)}"]
    return " con ".join(said)


def _measured(match: Match) -> str:
    one, many = _UNITS[match["unit"]]
    figure, hours = match["number"], match["unit"] in _HOURS
    whole = None if "." in figure else int(figure.replace(",", ""))
    said = (
        _number(figure) if whole is None else spanish(whole, feminine=hours, noun=True) + _of(whole)
    )
    return f"{said} {one if figure == '1' else many}"


def _fraction(match: Match) -> str:
    """ "medio", "media hora", "dos y medio", "tres cuartos"."""
    said = _FRACTIONS[match["part"]]
    if said == "medio" and _is_feminine(match["noun"] or ""):
        said = "media"
    return f"{spanish(int(match['whole']))} y {said}" if match["whole"] else said


def _ordinal(match: Match) -> str:
    """ "1.º", "1.ª", "3er"; the number itself beyond the tenth."""
    number, ending = int(match["number"]), match["ending"] or match["sign"]
    if not 1 <= number <= len(_ORDINALS):
        return spanish(number)
    said = _ORDINALS[number - 1]
    if ending == "er":
        return said[:-1] if number in (1, 3) else said
    return f"{said[:-1]}a" if ending in ("ª", "ra", "da", "ta", "ma", "va", "na", "a") else said


def _room(match: Match) -> str:
    signs = re.findall(r"\d+|[A-Za-z]", match["no"])
    said = [spanish(int(s)) if s.isdigit() else s.upper() for s in signs]
    return " ".join(["número" if match["kind"] == "#" else "apartamento", *said])


FORMS: tuple[Form, ...] = (
    *STAMPS,
    *codes(
        Words(
            number=spanish,
            link="el enlace que le envié",
            dot="punto",
            at="arroba",
            dash="guion",
            underscore="guion bajo",
            plus="más",
            begins="que empieza con {letter}",
            toll_free=lambda area: f"uno, {spanish(int(area))}",
            eleven="once",
        )
    ),
    (
        re.compile(r"(?:(?<=código postal )|(?<=PO Box )|(?<=P\.O\. Box ))\d+\b"),
        lambda m: figure_by_figure(m[0], spanish),
    ),
    *addresses(spanish, spanish),
    (
        re.compile(
            r"(?P<kind>\b(?:[Aa]pto?|[Dd]epto)\b\.? ?#?|#)(?P<no>\d+-?[A-Z]?\d*|[A-Z]-?\d*)\b"
        ),
        _room,
    ),
    *SPANS,
    (re.compile(r"(?<=[\d\x00])\s?[–-]\s?(?=[\d$])"), lambda _: " a "),
    (
        re.compile(
            rf"(?P<minus>(?<!\w)[-−]|)\$(?P<below>[-−]|)(?P<amount>{_NUMBER})"
            r"(?: (?P<size>mil|millón|millones)|(?P<sign>[KkM]))\b"
        ),
        _millions,
    ),
    (re.compile(rf"(?P<minus>(?<!\w)[-−]|){_AMOUNT}"), _money),
    (re.compile(rf"(?<=[\w\x00]) ?/ ?(?=(?:{_PER_UNIT})\b)"), lambda _: " por "),
    *MOMENTS,
    (
        re.compile(
            r"(?<![\d/.,])(?:(?P<whole>\d{1,3})[ -]?(?=[½⅓⅔¼¾]|\b)|)"
            r"(?P<part>[½⅓⅔¼¾]|\b(?:1/[234]|2/3|3/4)\b(?![/\d]))(?= (?P<noun>[^\W\d_]+)|)"
        ),
        _fraction,
    ),
    (re.compile(rf"(?P<number>{_NUMBER})[ \u00a0]?(?P<unit>{_UNIT})(?!\w)"), _measured),
    (
        re.compile(rf"(?P<number>{_NUMBER})x\b"),
        lambda m: (
            f"{spanish(int(m['number']), feminine=True)} veces" if m["number"].isdigit() else None
        ),
    ),
    (re.compile(r"(?<=diga )kWh\b"), lambda _: "K W H"),
    (re.compile(r"(?:(?<=\bpor )|(?<=\x00))kWh\b"), lambda _: "kilovatio hora"),
    (re.compile(rf"(?:\b|(?=°))(?:{_WORD})(?!\w)"), lambda m: _WORDS[m[0]]),
    (
        re.compile(r"\b[Nn](?:o\.|ro\.|\.[ºo°])[ \u00a0]?(?=[\d\x00])|#(?=\x00)"),
        lambda _: "número ",
    ),
    (
        re.compile(r"\b[Ee]xt\.? ?(?P<no>\d{1,6})\b"),
        lambda m: f"extensión {figure_by_figure(m['no'], spanish)}",
    ),
    (
        re.compile(r"\b(?P<number>\d+)(?:\.?(?P<sign>[ºª°])|\.?(?P<ending>er|[rdtmvn]?[oa])\b)"),
        _ordinal,
    ),
    (re.compile(r"(?<=[\d\x00])\+(?![\w+])"), lambda _: " o más"),
    (re.compile(r"[~≈] ?(?=[\d\x00])"), lambda _: "alrededor de "),
    (re.compile(r"(?<=[\d\x00]) ?/ ?(?=[\d\x00])"), lambda _: " barra "),
    (re.compile(r"(?<=[a-záéíóúñ])/(?=[a-záéíóúñ])"), lambda _: " o "),
    (re.compile(rf"(?P<number>{_NUMBER})(?= (?P<noun>[^\W\d_]+)|)"), _counted),
    (re.compile(r"(?<![\w\x00])[-−](?=\x00)"), lambda _: "menos "),
    (re.compile(r" ?& ?"), lambda _: " and "),  # of an English name
    (re.compile(r"\s*[–—]\s*|\s+-\s+"), lambda _: ", "),
)
