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
# What is asked for in words: a question, or a request, that names one of these.
_NAMES = {
    ACCOUNT: r"account number|n[uú]mero de (?:su )?cuenta",
    PROOF: r"zip code|date of birth|social security"
    r"|c[oó]digo postal|fecha de nacimiento|seguro social",
    CODE: r"six-digit code|the code|c[oó]digo de (?:seis|un solo uso)",
    "address": r"(?:service |your |full |street )address|(?:su|la) direcci[oó]n",
    "phone": r"(?:your|phone|best) (?:phone )?number|(?:su|n[uú]mero de) tel[eé]fono",
    "name": r"your (?:full |first |last )?name\b|su nombre",
    "email": r"e-?mail address|correo electr[oó]nico",
    "amount": r"how much (?:would you like|do you want|shall)|cu[aá]nto (?:desea|quiere)",
    "date": r"(?:which|what) (?:day|date)|qu[eé] (?:d[ií]a|fecha)",
}
_ASKING = re.compile(
    r"\?|\b(?:please|could you|can you|tell me|give me|i (?:also )?need|d[ií]game|por favor|"
    r"necesito|podr[ií]a|me (?:da|dice))\b",
    re.IGNORECASE,
)
_SENTENCE = re.compile(r"(?<=[.!?])\s+")


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
    for sentence in _SENTENCE.split(reply):
        if _ASKING.search(sentence):
            yield from (s for s, p in _NAMES.items() if re.search(p, sentence, re.IGNORECASE))
