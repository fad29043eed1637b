"""What a customer was asked for in a turn, as slots with names of their own.

First by structure: what a tool says is missing, and what the graph's check of identity waits for.
Then by the words of a reply, for models that ask in words of their own.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from langchain_core.messages import AnyMessage, ToolMessage

from contracts.briefing import unfence
from evals.evidence import ToolAnswer

ACCOUNT, PROOF, CODE = "account_number", "proof", "code"
# What tools' arguments are about: a case names the kind, a tool its argument.
_KINDS = {
    "account_number": ("account_number",),
    "proof": ("verification_value", "verification_method"),
    "address": ("service_address", "address", "from_address", "location"),
    "new_address": ("new_address", "to_address", "forwarding_address"),
    "phone": ("phone", "phone_number", "customer_phone"),
    "email": ("email",),
    "name": ("name",),
    "amount": ("amount", "total_amount", "down_payment"),
    "date": (
        "date",
        "start_date",
        "stop_date",
        "move_date",
        "transfer_date",
        "preferred_date",
        "preferred_time",
        "new_date",
        "outage_date",
    ),
    "payment_method": ("payment_method",),
}
_KIND_OF = {argument: kind for kind, held in _KINDS.items() for argument in held}
# What is asked for in words: a question, or a request, that names one of these.
_NAMES = {
    ACCOUNT: r"(?:account|customer) (?:number|no\.|#)"
    r"|n[uú]mero de (?:(?:su|la) )?(?:cuenta|cliente)"
    r"|\b(?:which|what) (?:account|(?:is|was|'s) (?:the|your) account)\b"
    r"|\b(?:confirm|verify|remind me of|repeat|tell me|give me) (?:the|your) account\b"
    r"|(?:qu[eé]|cu[aá]l) (?:es (?:la|su) |era (?:la|su) )?cuenta\b"
    r"|(?:repit\w+|confirm\w+|recuerd\w+|indi\w+|diga\w*|dice|d[eé]|da) (?:la|su) cuenta\b",
    PROOF: r"zip code|postal code|date of birth|birth ?date|birthday|social security"
    r"|(?:when|what day) were you born|c[oó]digo postal|fecha de nacimiento|seguro social"
    r"|cu[aá]ndo naci[oó]",
    CODE: r"six-digit code|(?:the|that) code\b|c[oó]digo de (?:seis|un solo uso)"
    r"|el c[oó]digo que (?:le|acab)",
    "address": r"\b(?:your|the|full|current) (?:service |home |street |full )*address\b"
    r"|\bwhere do you live\b|\bwhat address\b|\bwhich address\b"
    r"|(?:(?:cu[aá]l es|d[ií]game|confirm\w+|da|dice|indi\w+) )(?:su|la) direcci[oó]n"
    r"|qu[eé] direcci[oó]n|d[oó]nde vive",
    "phone": r"(?:your|phone|best|callback) (?:phone )?number\b(?! ending)"
    r"|(?:su|n[uú]mero de) tel[eé]fono|(?:a )?qu[eé] n[uú]mero",
    "name": r"your (?:full |first |last |own )?name\b|who am i (?:speaking|talking)"
    r"|(?:su|me da el) nombre|c[oó]mo se llama|con qui[eé]n (?:hablo|tengo)",
    "email": r"e-?mail address|correo electr[oó]nico",
    "amount": r"how much (?:would you like|do you want|shall|should|was it|will it be|are you)"
    r"|(?:which|what) amount|what was the amount|amount again"
    r"|cu[aá]nto (?:desea|quiere|va a|le gustar[ií]a|ser[ií]a|dijo)|qu[eé] (?:monto|cantidad)"
    r"|de cu[aá]nto (?:ser[ií]a|es) el pago",
    "date": r"(?:which|what) (?:day|date)|when would you like|for when\b"
    r"|qu[eé] (?:d[ií]a|fecha)|para cu[aá]ndo|cu[aá]ndo (?:desea|quiere|le gustar[ií]a)",
    "payment_method": r"(?:which|what) (?:card|payment method|method)|how would you like to pay"
    r"|con qu[eé] (?:tarjeta|m[eé]todo)|c[oó]mo (?:desea|quiere|le gustar[ií]a) pagar",
}
# An account at a bank is no account with us, an address has a ZIP code too, and a place to move to
# is not where one lives.
_ELSE = {
    ACCOUNT: r"checking|savings|\bbank|pay from|come from|corriente|ahorros|bancaria|banco",
    PROOF: r"\bcard\b|tarjeta|\bstreet\b|\bcity\b|\baddress\b|\bcalle\b|ciudad|direcci[oó]n",
    "address": r"\bnew\b|mov(?:e|ing) to|nueva|mudar?|mailing|forward",
}
_ASKING = re.compile(
    r"\?|\b(?:please|could you|can you|tell me|give me|i(?:'ll)? (?:also |just |still )?need|"
    r"let me have|kindly|d[ií]game|d[eé]me|ind[ií]queme|por favor|necesito|podr[ií]a|"
    r"me (?:da|dice|indica|repite|confirma|recuerda))\b",
    re.IGNORECASE,
)
_SENTENCE = re.compile(r"(?<=[.!?])\s+|\n+")


def kind_of(slot: str) -> str:
    """What a slot is about, under the name that cases use for it."""
    return _KIND_OF.get(slot, slot)


def tool_answers(messages: Sequence[AnyMessage], since: set[str]) -> Iterator[ToolAnswer]:
    """The tools' answers in a history, but those whose ids are in `since`."""
    for message in messages:
        if not isinstance(message, ToolMessage) or (message.id or "") in since:
            continue
        body = _body(str(message.text))
        yield ToolAnswer(
            tool=str(body.get("tool") or message.name or ""),
            status=str(body.get("status", "")),
            say=str(body.get("say", "")),
            missing=tuple(str(one) for one in body.get("missing") or ()),
            body=body,
        )


def _body(text: str) -> Mapping[str, Any]:
    try:
        held = json.loads(unfence(text))
    except ValueError:
        return {}
    return held if isinstance(held, dict) else {}


def slots_asked(
    answers: Sequence[ToolAnswer],
    before: Mapping[str, Any],
    after: Mapping[str, Any],
) -> tuple[str, ...]:
    """The slots a turn asks for. before, after: the thread's values around it."""
    asked = [slot for answer in answers for slot in answer.missing]
    check, earlier = after.get("verification") or {}, before.get("verification") or {}
    if check and check != earlier:
        asked += list(_of_check(check))
    return tuple(dict.fromkeys(asked))


def _of_check(check: Mapping[str, Any]) -> Iterator[str]:
    if check.get("code_sent_to"):
        yield CODE
        return
    if not check.get("account_number"):
        yield ACCOUNT
    yield PROOF


def in_words(reply: str) -> Iterator[str]:
    """The slots that a reply asks for in words."""
    for sentence in _SENTENCE.split(reply.replace("’", "'")):
        if _ASKING.search(sentence):
            yield from (slot for slot in _NAMES if _names(slot, sentence))


def _names(slot: str, sentence: str) -> bool:
    other = _ELSE.get(slot)
    if other and re.search(other, sentence, re.IGNORECASE):
        return False
    return bool(re.search(_NAMES[slot], sentence, re.IGNORECASE))
