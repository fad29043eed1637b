"""What a sentence says of amounts, methods, dates, places and numbers. Nothing is made up."""

from __future__ import annotations

import re
from decimal import Decimal

from models.local import places
from models.local.figures import DAY, MONTH, digits, plain
from models.local.spanish import in_english

_CENTS = r"(?:¢|cents?\b)"
_MONEY = re.compile(
    rf"\$\s*(?P<sign>\d[\d,]*(?:\.\d{{1,2}})?|\.\d{{1,2}})(?:\s*and\s*(?P<after>\d{{1,2}})\s*{_CENTS})?"
    r"|(?:(?P<dollars>\d[\d,]*(?:\.\d{1,2})?)|\ban?(?=\s+(?:dollar|buck)\b))"
    r"\s*(?:dollars?|bucks?|usd)\b"
    rf"(?:\s*(?:and\s*)?(?P<cents>\d{{1,2}})\s*{_CENTS}"
    r"|(?:(?<=dollar)|(?<=buck))\s+(?P<odd>\d\d)\b(?!\s*[%\w]))?"
    rf"|(?:\b(?P<even>\d{{1,5}})\s+and\s+)?\b(?P<only>\d{{1,4}})\s*{_CENTS}",
    re.IGNORECASE,
)
_BARE = re.compile(r"(?<![\w.$/#-])(\d{1,5}(?:\.\d{1,2})?)(?![\w/%#-])(?!\.\d)")
_NOT_MONEY = re.compile(
    r"(?:ending(?: in| with)?|account|number|zip|no\.?|last four|on the|for|days?|code)\s*"
    r"[\d][\d\s-]*|\d+\s*(?:(?:equal|monthly|unpaid|past due)\s+)*(?:percent|months?|days?|weeks?|"
    r"years?|hours?|times|am|pm|st|nd|rd|th|bills?|parts?|payments?|installments?|pieces|rates|"
    r"people|kids|cards?|accounts?|kwh|kilowatts?)\b",
    re.IGNORECASE,
)
_WHOLE = re.compile(
    r"\b(?:all of it|it all|all|full|whole|entire|everything|total|balance|in full)\b",
    re.IGNORECASE,
)
# "The rest" is all that is owed; these are less than that, and how much is not said.
_PARTIAL = re.compile(
    r"\b(?:part|partial\w*|portion|some|a bit|a little|minimum|at least|least|less|smaller|"
    r"half|third|quarter|percent|parte|mitad|m[ií]nimo)\b|%",
    re.IGNORECASE,
)
_FIGURE = r"\$?\s*(\d[\d,]*(?:\.\d{1,2})?)"
_DOWN = re.compile(
    rf"(?<![\w.]){_FIGURE}\s*(?:dollars?|bucks)?\s*"
    r"(?:down\b(?! to)|up ?front|(?:right )?now\b|today\b)"
    rf"|\b(?:down(?: payment)?|up ?front)(?: of| is| at| with)?\s*{_FIGURE}",
    re.IGNORECASE,
)
_PERCENT = re.compile(r"\b(\d{1,2})\s*(?:%|percent\b)", re.IGNORECASE)
_SHARES = (
    (r"(?:two|2) thirds", Decimal(2) / 3),
    (r"(?:three|3) (?:quarters|fourths)", Decimal("0.75")),
    (r"(?:half|la mitad)", Decimal("0.5")),
    (r"(?:a|one|1) third|1/3", Decimal(1) / 3),
    (r"(?:a|one|1) (?:quarter|fourth)|1/4", Decimal("0.25")),
)
_IT = re.compile(r"\b(?:it|that|this|bill|what i owe|owe|due|outstanding)\b", re.IGNORECASE)
_METHOD = re.compile(
    r"\b(?:(?:my|the|our)\s+)?(?:"
    r"(?:\w+\s+)?(?:checking|savings|bank)(?:\s+account)?"
    r"|(?:visa|master\s?card|amex|american express|discover|debit|credit|bank)"
    r"(?:\s+(?:debit|credit))?"
    r"(?:\s+card)?"
    r"|card|paypal|apple pay|google pay)"
    r"(?:\s+(?:that ends|ending|ends)?\s*(?:in|with)?\s*\d{4})?(?:\s+on file)?\b",
    re.IGNORECASE,
)
_ENDING = re.compile(r"\b(?:the\s+)?(?:one|card|account)\s+ending\s+(?:in|with)?\s*\d{4}", re.I)
_NEXT = r"(?:next|coming|upcoming|pr[oó]xim[oa]|siguiente)"
_INSTALLMENT = re.compile(
    rf"\b{_NEXT} (?:(?:plan )?(?:payment|instal?lment)|one)\b|\b(?:la|mi|una|esta) cuota\b"
    r"|\b(?:the|my|this|one|an?) (?:[\w']+ )?instal?lment\b"
    rf"|\b(?:la|el) {_NEXT}(?=\W*$| (?:cuota|pago|con|por|now|payment))",
    re.IGNORECASE,
)
_BEFORE = re.compile(r"\b(?:previous|prior|one before|before that|last month'?s?)\b", re.IGNORECASE)
_BILL_MONTH = re.compile(  # "may" and "march" are months only where something says so
    rf"\b(?:in|for|from|of|about|the|my|last|and|del?|en)\s+(?P<a>{MONTH}(?:\s+20\d\d)?)\b(?!\s+\d)"
    rf"|\b(?P<b>{MONTH}(?:\s+20\d\d)?)(?:'s)?\s+(?:bill|statement|invoice)\b",
    re.IGNORECASE,
)
_DATE = re.compile(
    rf"\b(?:\d{{4}}-\d\d-\d\d|\d{{1,2}}/\d{{1,2}}(?:/\d{{2,4}})?"
    rf"|{DAY},?\s+(?:the\s+)?\d{{1,2}}(?:st|nd|rd|th)(?:\s+of\s+{MONTH})?"
    rf"|{DAY},?\s+{MONTH}\s+\d{{1,2}}(?:st|nd|rd|th)?"
    rf"|{MONTH}\s+(?:the\s+)?\d{{1,2}}(?:st|nd|rd|th)?(?:,?\s+\d{{4}})?"
    rf"|\d{{1,2}}(?:st|nd|rd|th)?\s+(?:of\s+)?{MONTH}(?:\s+\d{{4}})?"
    rf"|(?:the|on|by)\s+\d{{1,2}}(?:st|nd|rd|th)|(?<=it )\d{{1,2}}(?:st|nd|rd|th)"
    rf"|(?:the )?(?:end|last day) of (?:the|this|next) month"
    rf"|(?:next|this|coming|on|last)\s+{DAY}|{DAY}|(?:next|this|last)\s+(?:week|month|weekend)"
    rf"|day after tomorrow|tomorrow|today|tonight|yesterday|last night)\b",
    re.IGNORECASE,
)
_SPOKEN_DATE = re.compile(rf"\b(?:{MONTH} (?:the )?\d{{1,2}}|\d{{1,2}} of {MONTH})\b", re.I)
_RELATIVE = re.compile(
    r"\bin (?:about )?(?:an?|\d{1,2}) weeks?\b|\bin (?:about )?(?:a|\d{1,2}) days?\b"
    r"|\b(?:an?|\d{1,2}) (?:days?|weeks?) (?:ago|from (?:now|today))\b",
    re.IGNORECASE,
)
_TIME = re.compile(
    r"\b(?:(?:at|around|about|after|before|by)\s+)?(?:\d{1,2}(?::\d\d)?\s*"
    r"(?:am|pm|a\.m\.|p\.m\.|o'clock)|\d{1,2}:\d\d"
    r"|\d{1,2}(?= in the (?:morning|afternoon|evening))"
    r"|(?<=at )\d{1,2}(?! ?\d)|(?<=around )\d{1,2}(?! ?\d)|(?<=after )\d{1,2}(?! ?\d)"
    r"|in (?:about )?(?:an?|half an|\d{1,3}) (?:minute|hour|day)s?"
    r"|(?:in\s+the\s+|this\s+)?(?:morning|afternoon|evening)|noon|midday)(?![\w])",
    re.IGNORECASE,
)
_EMAIL = re.compile(r"[\w.+-]+@[\w-]+(?:\.[\w-]+)+")
_SPOKEN_EMAIL = re.compile(
    r"(?P<name>[\w.+-]+(?:\s+(?:dot|punto)\s+[\w.+-]+)*)\s+(?:at|arroba)\s+"
    r"(?P<domain>[\w-]+(?:\s+(?:dot|punto)\s+[\w-]+)+)",
    re.IGNORECASE,
)
_ACCOUNT = re.compile(r"(?<![\d/$.])\d(?:[\d-]| (?=\d)){5,14}\d(?![\d/])")
# A letter, a dash and the code itself, which may have no figure in it; or letters with figures.
_REFERENCE = re.compile(
    r"\b[A-Z]-[A-Z0-9]{6,}\b"
    r"|\b(?=[A-Z0-9-]*\d)(?=[A-Z0-9-]*[A-Z])[A-Z0-9]{2,}-?[A-Z0-9-]{3,}\b"
)
_MONTHS = re.compile(
    r"\b(\d{1,2})\s+(?:(?:equal|monthly)\s+)*"
    r"(?:months?|installments?|parts|payments|pieces|rates|meses|mes|cuotas)\b",
    re.IGNORECASE,
)
_YEARS = re.compile(r"\b(\d|an?|half an?|last|past|next|one|whole)\s+years?\b", re.IGNORECASE)
_HOURS = re.compile(r"\b(\d{1,3}(?:\.\d)?)\s*(?:hours?|hrs?|horas?)\b(?! ago\b)", re.IGNORECASE)
_DAYS = re.compile(
    r"\b(\d{1,2}|an?)\s*(?:whole |full )?days?\b(?! ago\b)(?P<half> and an? half)?", re.I
)
_BILLS = re.compile(r"\b(?:last|past|[uú]ltim[oa]s) (\d{1,2}) (?:bill|statement)s?\b", re.I)
_ALL_DAY = re.compile(r"\b(?:all day|around the clock|24/7|non-?stop|day and night)\b", re.I)
_WINDOW = re.compile(
    r"\b(?:from |between )?(\d{1,2})(?::00)?\s*(?:am|pm)?\s*(?:-|to|and|until)\s*"
    r"(\d{1,2})(?::00)?\s*(?:am|pm)?\b(?![-/\d])",
    re.IGNORECASE,
)
_DAY_OF_MONTH = re.compile(
    r"\b(?:the |day )(\d{1,2})(?:st|nd|rd|th)?\b|\b(\d{1,2})(?:st|nd|rd|th)\b", re.IGNORECASE
)
_KIN = (
    r"husband|wife|partner|spouse|son|daughter|mother|mom|father|dad|brother|sister|roommate|"
    r"friend|caregiver|tenant|landlord|esposo|esposa|hijo|hija"
)
_NAME = r"(?P<name>[A-Z][\w'À-ɏ-]+(?: [A-Z][\w'À-ɏ-]+){0,3})"
_NAMED = (
    re.compile(rf"\b(?:{_KIN})(?:,| is| named| called|'s name is)? {_NAME}"),
    re.compile(rf"\b(?:add|authorize|name is|named|called|it's|is)\s+{_NAME}"),
    re.compile(rf"^\W*{_NAME}\W*$"),
)
_RELATION = re.compile(rf"\b({_KIN})\b", re.IGNORECASE)
_DIGITS = re.compile(r"(?<![\d/$.:-])\d[\d ]{2,8}\d(?![\d/:-])")
_SSN4 = re.compile(r"\b(?:ssn|social(?: security)?|last four)\D{0,25}(\d{4})\b", re.IGNORECASE)
_ZIP = re.compile(r"\b(?:zip(?: code)?\D{0,12}(\d{5})\b|(\d{5})\b(?!\d))", re.IGNORECASE)
_BIRTH = re.compile(
    rf"\b(?:\d{{4}}-\d\d-\d\d|\d{{1,2}}/\d{{1,2}}/\d{{2,4}}|{MONTH}\s+\d{{1,2}}(?:st|nd|rd|th)?,?"
    rf"\s+(?:19|20)\d\d)\b",
    re.IGNORECASE,
)
_CHANNELS = {
    "whatsapp": r"whats\s?app",
    "sms": r"sms|texts?(?: messages?| me)?|text me",
    "web": r"web(?: ?chat|site)?|online|chat|browser|computer",
    "voice": r"phone|call",
}


def amount(text: str) -> str | None:
    """What to pay: a figure ("50.00"), "balance", or None when nothing is said of it."""
    text = plain(text)
    figure = money(text)
    if figure is not None:
        return figure
    if _WHOLE.search(text) or _IT.search(text):
        return "balance"
    return None


def money(text: str) -> str | None:
    """The figure of an amount said outright, with two decimals."""
    said = digits(text)
    found = _MONEY.search(said)
    if found:
        return f"{_dollars(found):.2f}"
    rest = _NOT_MONEY.sub(" ", _DATE.sub(" ", places.without(said)))
    bare = _BARE.search(rest)
    # "one" is far more often a word than an amount.
    if bare is None or (bare[1] == "1" and "1" not in text):
        return None
    return f"{Decimal(bare[1]):.2f}"


def _dollars(found: re.Match[str]) -> Decimal:
    cents = found["after"] or found["cents"] or found["odd"] or found["only"] or "0"
    # "A dollar fifty" has its one dollar in the article.
    alone = "0" if found["only"] else "1"
    whole = found["sign"] or found["dollars"] or found["even"] or alone
    return Decimal(whole.replace(",", "")) + Decimal(cents) / 100


def share(text: str) -> Decimal | None:
    """The part of the whole that is named: "half", "a third", "30 percent"."""
    text = plain(text)
    percent = _PERCENT.search(digits(text))
    if percent:
        return Decimal(percent[1]) / 100
    named = (part for words, part in _SHARES if re.search(rf"\b(?:{words})\b", text, re.I))
    return next(named, None)


def partial(text: str) -> bool:
    """Whether less than all is meant, whether or not it is said how much."""
    return _PARTIAL.search(plain(text)) is not None


def installment(text: str) -> bool:
    """Whether one payment of a plan is meant: "the next one", "this month's installment"."""
    return _INSTALLMENT.search(plain(text)) is not None


def payment_method(text: str) -> str | None:
    """The method as it was said, without "my": "checking account", "visa ending 4242"."""
    text = plain(text)
    found = _METHOD.search(text) or _ENDING.search(text)
    if found is None:
        return None
    return re.sub(r"^(?:my|the|our|with|from|use)\s+", "", found[0].strip(), flags=re.IGNORECASE)


def date(text: str) -> str | None:
    """The day that is named, as said."""
    found = _RELATIVE.search(digits(text)) or _DATE.search(plain(text))
    found = found or _SPOKEN_DATE.search(digits(text, ordinals=True))
    return found[0] if found else None


def bill(text: str) -> str | None:
    """The bill that is named by its month or as the one before; None for the latest."""
    text = plain(text)
    if _BEFORE.search(text):
        return "last month" if "month" in text.lower() else "previous"
    found = _BILL_MONTH.search(text)
    return (found["a"] or found["b"]) if found else None


def time(text: str) -> str | None:
    """A day, a time of day, or both, as said."""
    parts = [date(text), _clock(digits(text))]
    return " ".join(part for part in parts if part) or None


def _clock(text: str) -> str | None:
    """The time of day, the hour before the part of the day: "around 10 am" of a morning at ten."""
    found = [match[0] for match in _TIME.finditer(text)]
    hours = [words for words in found if re.search(r"\d", words)]
    part = re.search(r"\b(?:(morning)|afternoon|evening|night)\b", text, re.IGNORECASE)
    if not hours:
        return found[0] if found else None
    bare = part and not re.search(r"[ap]\.?m\b|:|^in\b", hours[0], re.IGNORECASE)
    return f"{hours[0]} {'am' if part and part[1] else 'pm'}" if bare else hours[0]


def phone(text: str, region: str = "US") -> str | None:
    """The first phone number, E.164."""
    import phonenumbers

    for match in phonenumbers.PhoneNumberMatcher(text, region):
        return str(phonenumbers.format_number(match.number, phonenumbers.PhoneNumberFormat.E164))
    return None


def email(text: str) -> str | None:
    """The first e-mail address, typed or spoken: "maria at example dot com"."""
    found = _EMAIL.search(text) or _EMAIL.search(_SPOKEN_EMAIL.sub(_typed_out, text))
    return found[0] if found else None


def _typed_out(found: re.Match[str]) -> str:
    return re.sub(r"\s+(?:dot|punto)\s+", ".", f"{found['name']}@{found['domain']}")


def account_number(text: str) -> str | None:
    """Seven to fifteen digits in a row, grouped or not."""
    found = _ACCOUNT.search(text)
    return re.sub(r"\D", "", found[0]) if found else None


def reference(text: str) -> str | None:
    """A confirmation or case number such as APT-20931."""
    found = _REFERENCE.search(text.upper())
    return found[0] if found else None


def down(text: str) -> str | None:
    """What is paid at once, of a plan: "50 down", "a down payment of $60"."""
    found = _DOWN.search(digits(text))
    return f"{Decimal((found[1] or found[2]).replace(',', '')):.2f}" if found else None


def without_down(text: str) -> str:
    """The rest of a text, in which no down payment is named."""
    return _DOWN.sub(" ", digits(text))


def months(text: str) -> int | None:
    """How many months, payments or years are named, in months."""
    said = digits(text)
    if found := _MONTHS.search(said):
        return int(found[1])
    if found := _YEARS.search(said):
        years = found[1].lower()
        return int(years) * 12 if years.isdigit() else 6 if years.startswith("half") else 12
    return None


def bills(text: str) -> int | None:
    """How many of the latest bills are named: "my last six bills"."""
    found = _BILLS.search(digits(text))
    return int(found[1]) if found else None


def count(text: str) -> int | None:
    """The one number of a short answer: "six", "make it 8"."""
    found = re.findall(r"\b\d{1,2}\b", digits(text))
    return int(found[0]) if len(found) == 1 else None


def hours(text: str) -> float | None:
    """Hours of a day: "5 hours", "all day"."""
    if found := _HOURS.search(digits(text)):
        return float(found[1])
    return 24.0 if _ALL_DAY.search(plain(text)) else None


def duration(text: str) -> float | None:
    """How long something lasted, in hours: "31 hours", "two days", "a day and a half"."""
    said = digits(text)
    if found := _HOURS.search(said):
        return float(found[1])
    found = _DAYS.search(said)
    if found is None:
        return None
    return (float(found[1]) if found[1].isdigit() else 1.0) * 24 + (12 if found["half"] else 0)


def window(text: str) -> str | None:
    """A window of hours ("8-10", "between 10 and 12"), or a time of day as said."""
    said = digits(text)
    found = _WINDOW.search(_DATE.sub(" ", re.sub(r"\b(?:noon|midday)\b", "12", said, flags=re.I)))
    if found and int(found[1]) <= 12 and int(found[2]) <= 12:
        return f"{int(found[1])}-{int(found[2])}"
    return _clock(said)


def day_of_month(text: str) -> int | None:
    """The day of each month that is named: "on the 15th", "every tenth"."""
    found = _DAY_OF_MONTH.search(digits(text, ordinals=True))
    return int(found[1] or found[2]) if found else None


def person(text: str) -> str | None:
    """The name of somebody, as it was written."""
    found = (pattern.search(text) for pattern in _NAMED)
    return next((match["name"] for match in found if match), None)


def relation(text: str) -> str | None:
    """What somebody is to the customer: "husband", "roommate"."""
    found = _RELATION.search(plain(text))
    return found[1].lower() if found else None


def register(text: str) -> str | None:
    """The figures on a meter: four to nine digits, grouped or not."""
    found = _DIGITS.search(digits(text))
    return found[0].replace(" ", "") if found else None


def channel(text: str) -> str | None:
    """The channel that is named: whatsapp, sms, web or voice."""
    text = plain(text)
    for name, pattern in _CHANNELS.items():
        if re.search(rf"\b(?:{pattern})\b", text, re.IGNORECASE):
            return name
    return None


def proof(text: str) -> tuple[str, str] | None:
    """A thing that shows who somebody is: (method, value), the method as tools name it."""
    text = in_english(text)
    four = _SSN4.search(text)
    if four:
        return "ssn_last4", four[1]
    birth = _BIRTH.search(text)
    if birth:
        return "date_of_birth", birth[0]
    number = _ACCOUNT.search(text)
    rest = text.replace(number[0], " ") if number else text
    code = _ZIP.search(rest)
    return ("zip", code[1] or code[2]) if code else None


def whole(text: str) -> bool:
    """Whether all that is owed is meant, said outright."""
    return _WHOLE.search(plain(text)) is not None
