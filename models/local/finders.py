"""Where each argument of a tool is found: in the words, or in what the thread knows."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import date
from decimal import ROUND_HALF_UP, Decimal, InvalidOperation
from typing import Any

from models.local import days, places, slots
from models.local.figures import plain
from models.local.reading import Situation, by_call, lasting
from models.local.shape import sentences
from models.local.spanish import in_english

LONGEST = 300  # characters of a free text argument
_CENT = Decimal("0.01")
_ADDRESSES = ("address", "service_address", "to_address", "new_address")
_PLAN = "setup_payment_plan"
_INSTALLMENT = re.compile(r"\bnext installment\b|\bpróxima cuota\b", re.IGNORECASE)
_SPREAD = re.compile(
    r"\$|\b(?:dollars?|bucks|spread|split|total|pay|cover|repartir)\b", re.IGNORECASE
)


@dataclass(frozen=True, slots=True)
class Heard:
    """What arguments are looked for in: the words, the nearest known phrase, the whole picture.

    known: the arguments as they stood before these words.
    """

    text: str
    phrase: str
    situation: Situation
    schema: Mapping[str, Any]
    tool: str
    known: Mapping[str, Any] = field(default_factory=dict)

    @property
    def today(self) -> date | None:
        now = self.situation.brief.get("now", "")
        return date.fromisoformat(now[:10]) if re.match(r"\d{4}-\d\d-\d\d", now) else None

    def describes(self, argument: str, word: str) -> bool:
        """Whether the schema says this of an argument."""
        properties = self.schema.get("parameters", {}).get("properties", {})
        return word in str(properties.get(argument, {}).get("description", ""))


_FORWARDS = re.compile(
    r"\b(?:final bill|last bill|forward\w*|(?:send|mail) (?:it|the bill|my bill|them)|"
    r"[uú]ltima factura|factura final|env[ií]e\w* (?:la|mi) factura|mand\w+ (?:la|mi) factura)\b",
    re.IGNORECASE,
)
Finder = Callable[[Heard], Any]
_CALLED = re.compile(  # rather than written to, on that same phone
    r"\b(?:call|ring|phone|telephone) (?:me|us|my|her|him|them|it)\b"
    r"|\ba (?:phone |telephone )?(?:call|ring)\b|\bby (?:phone|telephone|call)\b|\bphone calls?\b"
    r"|\bll[aá]m[ae]n?(?:me|nos)\b|\bme (?:llam[ae]n?|marquen?)\b|\bm[aá]rquen?me\b"
    r"|\bllamada\b|\bpor tel[eé]fono\b|^(?:call|phone|(?:el )?tel[eé]fono)[.!?]?$",
    re.IGNORECASE,
)


def offered(heard: Heard) -> str | None:
    return (heard.situation.brief.get("offer") or {}).get("channel")


def _channel(heard: Heard) -> str | None:
    return slots.channel(heard.text) or offered(heard)


def _told_by(heard: Heard) -> str | None:
    """How somebody wants to be told news. "My phone" alone may ring or show a text."""
    named = slots.channel(heard.text)
    if named is not None and named != "voice":
        return named
    return "voice" if _CALLED.search(heard.text.strip()) else offered(heard)


def _amount(heard: Heard) -> str | None:
    part = slots.share(heard.text)
    if slots.money(heard.text) is None and (part is not None or slots.partial(heard.text)):
        owed = balance(heard.situation)
        # A part of something unknown is for the tool to ask.
        return f"{(owed * part).quantize(_CENT, ROUND_HALF_UP):f}" if owed and part else None
    if not heard.describes("amount", '"balance"'):
        return slots.money(heard.text)
    if slots.money(heard.text) is None and slots.installment(heard.text):
        return _installment(heard.situation)  # one that is not known is for the tool to ask
    # The read-back names the sum, so paying without a figure may mean the whole of it.
    return slots.amount(heard.text) or "balance"


def _installment(situation: Situation) -> str | None:
    """The next payment of the customer's plan, as the thread or the plan's own tool has it."""
    plan = (situation.brief.get("collected") or {}).get("payment_plan") or {}
    following = plan.get("next")
    if isinstance(following, dict) and following.get("amount"):
        return slots.money(f"${following['amount']}")
    told = [*situation.earlier, *situation.outcomes]
    said = (s for o in reversed(told) if o.tool == _PLAN for s in sentences(o.say))
    return next((slots.money(s) for s in said if _INSTALLMENT.search(s)), None)


def _total(heard: Heard) -> str | None:
    """What is to be spread, where a figure of it is said; "balance" is the tool's own guess."""
    said = slots.without_down(heard.text)
    return slots.money(said) if _SPREAD.search(said) else None


def balance(situation: Situation) -> Decimal | None:
    """What is owed, as a tool said in this turn or the thread knows."""
    told = [outcome.data for outcome in reversed(situation.outcomes)]
    for data in [*told, *(situation.brief.get("collected") or {}).values()]:
        value = data.get("balance") or data.get("amount_due") if isinstance(data, dict) else None
        if value is not None:
            try:
                return Decimal(str(value))
            except InvalidOperation:
                continue
    return None


def _method(heard: Heard) -> str:
    return slots.payment_method(heard.text) or "default"


def _months(heard: Heard) -> int | None:
    """How many; "last month" is one where it is asked how far back, and bills are as many."""
    counted = slots.months(heard.text)
    if counted is not None or not heard.describes("months", "back"):
        return counted
    recent = re.search(r"\b(?:last|past|this) month\b", plain(heard.text), re.IGNORECASE)
    return slots.bills(heard.text) or (1 if recent else None)


def day(heard: Heard, *, past: bool = False) -> str | None:
    said = slots.date(heard.text)
    if said is None:
        return _moved(heard)
    if heard.today is None:
        return said
    return days.resolve(said, heard.today, past=past) or said


def _moved(heard: Heard) -> str | None:
    """ "Make it the third", of a day that was named before: in the same month."""
    number = slots.day_of_month(heard.text)
    before = (re.match(r"\d{4}-\d\d-\d\d", str(v)) for v in heard.known.values())
    known = next((found[0] for found in before if found), None)
    if number is None or known is None:
        return None
    try:
        return date.fromisoformat(known).replace(day=number).isoformat()
    except ValueError:
        return None


def _call_at(heard: Heard) -> str | None:
    """When to call; a time alone is one of the day that was named before."""
    said = slots.time(heard.text)
    before = slots.date(str(heard.known.get("preferred_time", "")))
    if said is None and before and (hour := slots.count(heard.text)):
        said = f"at {hour}"
    if said and before and slots.date(heard.text) is None:
        return f"{before} {said}"
    return said


def _visit(heard: Heard) -> str | None:
    """A day and the time of it; a time alone is one of the day that was named before."""
    on, window = day(heard), slots.window(heard.text)
    before = re.match(r"\d{4}-\d\d-\d\d", str(heard.known.get("preferred_date", "")))
    if on is None and window and before:
        on = before[0]
    return " ".join(part for part in (on, window) if part) or None


def address(heard: Heard) -> str | None:
    found = places.addresses(heard.text)
    return found[0] if found else _spoken_of(heard)


def _spoken_of(heard: Heard) -> str | None:
    """ "Start service there": the address that was named just before."""
    if not places.refers_back(heard.text):
        return None
    for outcome in reversed(heard.situation.earlier):
        told = (outcome.args.get(name) for name in _ADDRESSES)
        if named := next((str(value) for value in told if value), None):
            return named
    before = places.addresses(heard.situation.heard_before)
    return before[-1] if before else None


def _of_service(heard: Heard) -> str | None:
    """Where service is; where the last bill is to go is somewhere else."""
    return None if _FORWARDS.search(heard.text) else address(heard)


def mailing(heard: Heard, at: int = 0) -> str | None:
    """Where mail is to go; a post-office box will do."""
    found = places.mailing(heard.text)
    return found[at] if len(found) > at else None


def _forwarding(heard: Heard) -> str | None:
    return mailing(heard, 0 if _FORWARDS.search(heard.text) else 1)


def _to_address(heard: Heard) -> str | None:
    found = places.addresses(heard.text)
    return found[-1] if found else _spoken_of(heard)


def _from_address(heard: Heard) -> str | None:
    found = places.addresses(heard.text)
    known = (heard.situation.brief.get("customer") or {}).get("service_address")
    return found[0] if len(found) > 1 else known


def _words(heard: Heard) -> str | None:
    """The customer's own words, if they may be seen."""
    return None if heard.situation.briefed else heard.text[:LONGEST] or None


def _words_of_it(heard: Heard) -> str | None:
    """The words, and what "it" was about."""
    words, earlier = _named(heard), heard.situation.earlier
    if words and earlier and re.search(r"\b(?:it|that|this|that's)\b", words, re.IGNORECASE):
        said = earlier[-1].say
        return words if words in said else f"{words} ({said})"[:LONGEST]
    return words


def _named(heard: Heard) -> str | None:
    """The words in English: the tool looks in them for what it knows by name."""
    words = _words(heard)
    return in_english(words) if words else None


def _appliance(heard: Heard) -> str | None:
    """ "What does it cost to run?": what was spoken of before."""
    words, before = _named(heard), heard.situation.heard_before
    it = words is not None and re.search(r"\b(?:it|that|lo|la|es[ao])\b", words, re.IGNORECASE)
    return f"{words} ({in_english(before)})"[:LONGEST] if it and before else words


def _gist(heard: Heard) -> str:
    """What this is about, without anything personal: the known phrase it is nearest to."""
    return heard.phrase or "the customer asked for help"


def _trouble(heard: Heard) -> str:
    """The same of an outage, how long it was, and whether they want to be called: whoever takes
    over sees nothing else."""
    if heard.situation.briefed:
        return _gist(heard)
    trouble = lasting(_gist(heard), slots.duration(heard.text))
    return by_call(trouble) if _CALLED.search(heard.text.strip()) else trouble


def _in_their_words(heard: Heard) -> str | None:
    """The words themselves for a tool that asks for them; else no more than what it is about."""
    for_words = ("wrong", "customer's words", "What for")
    named = ("reason", "service_type")
    asks = any(heard.describes(name, word) for name in named for word in for_words)
    return _words(heard) if asks else _gist(heard)


def _balance(heard: Heard) -> str | None:
    owed = balance(heard.situation)
    return None if owed is None else f"{owed:f}"


def _bill(heard: Heard) -> str | None:
    """Which bill: a month or a date that is named; none for the latest."""
    said = slots.bill(heard.text)
    if said == "previous" and (before := days.month_before(str(heard.known.get("bill_date")))):
        return before
    on = slots.date(heard.text)
    return said or (day(heard, past=True) if on and re.search(r"\d", on) else None)


def _left_off(heard: Heard) -> str:
    """Where the conversation stands, for whoever goes on with it elsewhere."""
    from models.local.summarise import gist

    return gist(heard.situation)


def _proof_value(heard: Heard) -> str | None:
    proof = slots.proof(heard.text)
    return proof[1] if proof else None


def _reading(heard: Heard) -> str | None:
    """The figures, with the service where that is said: "gas 4521"."""
    figures = slots.register(heard.text)
    # "The gas one", and then its figures.
    gas = re.search(r"\bgas\b", f"{heard.situation.heard_before} {heard.text}", re.IGNORECASE)
    return f"gas {figures}" if figures and gas else figures


def _services(heard: Heard) -> list[str] | None:
    """Which of the two services are named; None where none is."""
    low = heard.text.lower()
    named = {"electric": r"\b(?:electric\w*|power|lights?|luz)\b", "gas": r"\bgas\b"}
    return [name for name, words in named.items() if re.search(words, low)] or None


def _flag(pattern: str) -> Finder:
    seen = re.compile(pattern, re.IGNORECASE)
    return lambda heard: True if seen.search(heard.text) else None


FINDERS: dict[str, Finder] = {
    "account_number": lambda h: slots.account_number(h.text),
    "verification_value": _proof_value,
    "amount": _amount,
    "total_amount": _total,
    "down_payment": lambda h: slots.down(h.text),
    "payment_method": _method,
    "months": _months,
    "preferred_time": _call_at,
    "phone_number": lambda h: slots.phone(h.text),
    "phone": lambda h: slots.phone(h.text),
    "customer_phone": lambda h: slots.phone(h.text),
    "email": lambda h: slots.email(h.text),
    "service_address": _of_service,
    "address": address,
    "new_address": mailing,
    "forwarding_address": _forwarding,
    "from_address": _from_address,
    "to_address": _to_address,
    "location": lambda h: places.place(h.text),
    "outage_date": lambda h: day(h, past=True),
    "bill_date": _bill,
    "confirmation_number": lambda h: slots.reference(h.text),
    "outage_id": lambda h: None,
    "preferred_date": _visit,
    "hours_without_power": lambda h: slots.duration(h.text),
    "hours_per_day": lambda h: slots.hours(h.text),
    "reading": _reading,
    "time_slot": lambda h: slots.window(h.text),
    "new_time_slot": lambda h: slots.window(h.text),
    "payment_day": lambda h: slots.day_of_month(h.text),
    "name": lambda h: slots.person(h.text),
    "relationship": lambda h: slots.relation(h.text),
    "service_types": _services,
    "meter_type": lambda h: next(iter(_services(h) or ()), None),
    "target_channel": _channel,
    "preferred_channel": _channel,
    "notification_method": _told_by,
    "is_arcing": _flag(r"\b(?:arcing|spark|fire|burning|smok)"),
    "is_emergency": _flag(r"\b(?:gas|wire|spark|fire|smoke|emergency|oxygen|danger)"),
}
# Not named outright, but drawn from the words as a whole or from the thread. What of them is
# meant the tool finds: it knows what there is.
DRAWN: dict[str, Finder] = {
    "charge_type": _named,
    "credit_type": _words_of_it,
    "comparison_period": _named,
    "focus_area": _named,
    "appliance": _appliance,
    "description": _words,
    "smell_description": _words,
    "concern": _gist,
    "reason": _in_their_words,
    "service_type": _in_their_words,
    "outage_type": _trouble,  # of the hand-off; the tool's own is an enumeration
    "previous_topic": lambda h: h.situation.agent,
    "resolution_summary": _left_off,
    "conversation_summary": _left_off,
    "handoff_message": _left_off,
    "current_balance": _balance,
}
FINDERS |= DRAWN
CHANNELS = ("target_channel", "preferred_channel", "notification_method", "channel")
# How an answer is read when just this was asked for.
ANSWERS: dict[str, Finder] = {
    "down_payment": lambda h: slots.money(h.text),
    "total_amount": lambda h: slots.money(h.text),
    "months": lambda h: slots.months(h.text) or slots.count(h.text),
}
