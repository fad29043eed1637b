"""Types of arguments that read what people and models write, in English and in Spanish:
"$1,234.50", "6 months", "seis meses", "balance".

A ValueError's message finishes the sentence "I couldn't use the amount: ...", and is translated
where that is told.
"""

from __future__ import annotations

import re
from datetime import date, datetime
from decimal import Decimal
from typing import Annotated, Any, Literal

from pydantic import BeforeValidator, Field, WithJsonSchema
from text2digits.text2digits import Text2Digits

from contracts.language import marked
from contracts.messages import Channel
from contracts.spanish import unaccented
from tools.dates import parse_date
from tools.spanish import in_english

BALANCE: Literal["balance"] = "balance"
_OUTAGE_WORDS = re.compile(
    r"power|electric|light|flicker|partial|full|total|complete|outage|blackout|dark|\bluz\b"
    r"|\bluces\b|corriente|eléctric|apag[oó]n|a oscuras|parpade",
    re.IGNORECASE,
)

_SERVICES = {
    "electric": r"electric|power|\blights?\b|\bluz\b|el[eé]ctric|corriente",
    "gas": r"\bgas\b",
}
_CHANNELS = {
    word: channel
    for channel, words in {
        Channel.VOICE: "voice phone call phonecall telefono llamada",
        Channel.WHATSAPP: "whatsapp whatsup",
        Channel.SMS: "sms text texts textmessage message texto mensaje mensajes mensajedetexto",
        Channel.WEB: "web webchat chat website online chatweb chatenlinea pagina paginaweb",
        Channel.EMAIL: "email mail emails correo correoelectronico",
    }.items()
    for word in words.split()
}
_AMOUNT = re.compile(r"\d{1,3}(,\d{3})+(\.\d{1,2})?|\d{1,12}(\.\d{1,2})?|\.\d{1,2}")
_SPOKEN = re.compile(r"(\d+)\s*dollars?\s*(?:and\s*)?(\d{1,2})\s*cents?")
_LONGEST_HOURS = 24 * 365
_FILLERS = re.compile(r"\b(usd|dollars?|bucks?|an?|about|exactly|just|only)\b|[$\s]")
_EVERYTHING = re.compile(
    r"(the |my )?(whole |full |entire |total |current |outstanding |remaining )*"
    r"(balance|amount|amount due|total|bill|everything|full|all|all of it|whole thing|it"
    r"|what i owe|in full|everything i owe)"
    # In Spanish, without accents.
    r"|((el|la|mi|todo el|toda la) )?(saldo|total|monto|cantidad|factura|cuenta|deuda)"
    r"( (total|completo|completa|pendiente|actual|entero|entera))*"
    r"|todo( el saldo| lo que debo)?|lo que debo|por completo|completo"
)
_YES = re.compile(r"(si|claro|claro que si|por supuesto|asi es|correcto|yes|yeah|yep|sure)")
_NO = re.compile(r"(no|no gracias|para nada|claro que no|nope)")


def read_money(value: Any) -> Decimal:
    """Dollars with two places, zero or more. Raises ValueError."""
    if isinstance(value, bool) or not isinstance(value, str | int | float | Decimal):
        raise ValueError(marked("please say it in dollars, like 45 or 45.50"))
    text = in_english(str(value)).strip().lower()
    if text.startswith("-") or text.startswith("$-") or "minus" in text:
        raise ValueError(marked("it has to be more than zero"))
    plain = _numerals(text)
    if not _AMOUNT.fullmatch(plain):
        raise ValueError(marked("please say it in dollars and cents, like 45 or 45.50"))
    return Decimal(plain.replace(",", "")).quantize(Decimal("0.01"))


def _numerals(text: str) -> str:
    if re.search(r"[a-z]", text):
        text = _in_digits(text.replace("-", " "))
    if spoken := _SPOKEN.search(text):
        return f"{spoken.group(1)}.{int(spoken.group(2)):02d}"
    return _FILLERS.sub("", text)


def _in_digits(text: str) -> str:
    """Numbers that are spelled out, in digits."""
    converter = Text2Digits()  # type: ignore[no-untyped-call]
    return str(converter.convert(text))


def read_payable(value: Any) -> Decimal | Literal["balance"]:
    """An amount above zero, or "balance" for all that is owed. Raises ValueError."""
    if isinstance(value, str) and _EVERYTHING.fullmatch(unaccented(value).strip().rstrip(".!")):
        return BALANCE
    amount = read_money(value)
    if amount <= 0:
        raise ValueError(marked("it has to be more than zero"))
    return amount


def read_count(value: Any) -> Any:
    """A whole number out of "6", "six months", 6.0; other values as they are."""
    if isinstance(value, str):
        text = in_english(value).lower()
        found = re.search(r"\d+", _in_digits(text))
        if not found:
            raise ValueError(marked("please say a whole number"))
        number = int(found.group())
        return number * 12 if "year" in text else number
    return value


def digit_runs(text: str) -> list[str]:
    """The whole numbers in a text as digits, in order: "it says 4 8 2 1 3" is ["48213"], and of
    "48,213.7" the part before the point."""
    said = _in_digits(in_english(text).lower().replace("-", " "))
    whole = re.sub(r"(?<=\d)\.\d+", "", re.sub(r"(?<=\d),(?=\d{3}\b)", "", said))
    joined = re.sub(r"\b(\d)\s+(?=\d\b)", r"\1", whole)
    return re.findall(r"\d+", joined)


def read_hours(value: Any) -> Decimal:
    """Hours a day, 0 to 24: 2.5, "3 hours", "half an hour", "45 minutes", "all day". Raises
    ValueError."""
    hint = marked("please say how many hours a day, from 0 to 24")
    text = _in_digits(in_english(str(value)).lower())
    if re.search(r"\b(all day|24/7|around the clock|all the time|nonstop)\b", text):
        return Decimal(24)
    found = re.search(r"(-?)(\d+(?:\.\d+)?)", text)
    half = Decimal("0.5") if re.search(r"\bhalf\b", text) else Decimal(0)
    if found is None and not half:
        raise ValueError(hint)
    hours = Decimal(found.group(2)) if found else Decimal(0)
    hours = hours / 60 if re.search(r"\d\s*min", text) else hours + half
    if (found and found.group(1)) or hours > 24:
        raise ValueError(hint)
    return hours.quantize(Decimal("0.01"))


def read_duration(value: Any) -> Decimal:
    """Hours, a tenth exact, out of 30, "26.5", "two days". Raises ValueError."""
    if isinstance(value, bool) or not isinstance(value, str | int | float | Decimal):
        raise ValueError(marked("please say how many hours"))
    text = in_english(str(value)).lower()
    found = re.search(r"-?\d+(\.\d+)?", _in_digits(text))
    if not found:
        raise ValueError(marked("please say how many hours"))
    factor = 24 if re.search(r"\bdays?\b", text) else 1
    hours = Decimal(found.group()) * factor
    if not 0 < hours <= _LONGEST_HOURS:
        raise ValueError(marked("please say how many hours it was"))
    return hours.quantize(Decimal("0.1"))


def read_date(value: Any) -> date:
    """A complete date: "2026-12-04", "12/4/2026", "December 4, 2026". Raises ValueError."""
    if isinstance(value, datetime):
        return value.date()
    if isinstance(value, date):
        return value
    hint = marked("please say the full date, like December 4, 2026")
    if not isinstance(value, str):
        raise ValueError(hint)
    return _complete(value, hint)


def _complete(text: str, hint: str) -> date:
    try:
        text = in_english(text)
        # Two different defaults show whether a part was made up.
        first, second = (parse_date(text, datetime(*parts)) for parts in _DEFAULTS)
    except ValueError as error:
        raise ValueError(hint) from error
    if first != second:
        raise ValueError(hint)
    return first


_DEFAULTS = ((2000, 1, 1), (2001, 2, 2))


def outage_kind_in(text: str) -> Literal["electric", "gas"] | None:
    """Which service a description of an outage is about, if it says so."""
    if re.search(r"\bgas\b", text, re.IGNORECASE):
        return "gas"
    return "electric" if _OUTAGE_WORDS.search(text) else None


def read_outage_kind(value: Any) -> str:
    """ "electric" or "gas". Raises ValueError."""
    kind = outage_kind_in(str(value))
    if kind is None:
        raise ValueError(marked("please say whether it's the electricity or the gas"))
    return kind


def read_services(value: Any) -> tuple[str, ...]:
    """ "electric", "gas" or both, in this order; empty where nothing is said. Raises ValueError."""
    items = value if isinstance(value, list | tuple) else [value]
    text = " ".join(str(item) for item in items if item is not None).lower()
    if re.search(r"\b(both|all|everything|either|ambos|todo|todos|(los|las) dos)\b", text):
        return ("electric", "gas")
    found = tuple(kind for kind, words in _SERVICES.items() if re.search(words, text))
    if text.strip() and not found:
        raise ValueError(marked("please say electricity, gas, or both"))
    return found


def read_priority(value: Any) -> str:
    """ "high" or "normal"; an emergency has its own tools."""
    urgent = re.search(
        r"high|urgen|emergenc|critical|asap|immediate|\balt[oa]\b|inmediat|cuanto antes",
        str(value).lower(),
    )
    return "high" if urgent else "normal"


def read_channel(value: Any) -> Any:
    """A channel out of the words for it; other values as they are."""
    text = re.sub(r"^(por|en)( el| la)? |[^a-z]", "", unaccented(str(value)))
    return _CHANNELS.get(text, value)


def read_yes(value: Any) -> Any:
    """True or False out of "sí", "claro", "no"; other values as they are."""
    text = unaccented(value).strip(" .,!¡") if isinstance(value, str) else ""
    return True if _YES.fullmatch(text) else False if _NO.fullmatch(text) else value


Money = Annotated[Decimal, BeforeValidator(read_money), WithJsonSchema({"type": "string"})]
Payable = Annotated[
    Decimal | Literal["balance"],
    BeforeValidator(read_payable),
    WithJsonSchema({"type": "string"}),
]
Day = Annotated[
    date, BeforeValidator(read_date), WithJsonSchema({"type": "string", "format": "date"})
]
Count = Annotated[int, Field(ge=1, le=1_200), BeforeValidator(read_count)]
Hours = Annotated[Decimal, BeforeValidator(read_hours), WithJsonSchema({"type": "number"})]
Months = Annotated[int, Field(ge=1, le=36), BeforeValidator(read_count)]
Duration = Annotated[Decimal, BeforeValidator(read_duration), WithJsonSchema({"type": "string"})]
YesNo = Annotated[bool, BeforeValidator(read_yes)]
OutageKind = Annotated[Literal["electric", "gas"], BeforeValidator(read_outage_kind)]
Priority = Annotated[Literal["normal", "high"], BeforeValidator(read_priority)]
TargetChannel = Annotated[
    Channel,
    BeforeValidator(read_channel),
    WithJsonSchema({"type": "string", "enum": [channel.value for channel in Channel]}),
]
ServiceTypes = Annotated[
    tuple[Literal["electric", "gas"], ...],
    BeforeValidator(read_services),
    WithJsonSchema({"type": "array", "items": {"type": "string", "enum": ["electric", "gas"]}}),
]
