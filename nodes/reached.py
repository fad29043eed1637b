"""What of a reply was heard: the thread keeps just that of it, to the word.

Somebody who breaks in, or rings off, has not been told the rest. Its facts are known all the same,
and are told when they are asked for again; a question that was not heard to its end can't be
agreed to.
"""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from typing import Any

from langchain_core.messages import AIMessage, AnyMessage, RemoveMessage, ToolMessage

from contracts.messages import Reached
from contracts.thread import Offer
from nodes.state import TURN, UNHEARD, State, tagged

_SENTENCE = re.compile(r"(?<=[.!?])\s+")
_FIGURE = re.compile(r"\d(?:[\d.,:]*\d)?")


def cut_down(state: State, reached: Reached) -> dict[str, Any]:
    """The update that leaves of a turn's reply what was heard; nothing where all of it was, or the
    turn is not known any more."""
    of_it = [m for m in state.get("messages", []) if m.additional_kwargs.get(TURN) == reached.key]
    said = [m for m in of_it if isinstance(m, AIMessage) and m.text]
    pieces = [message.text for message in said]
    kept = heard_of(pieces, reached.text) if said else [reached.text.strip()]
    if said and kept == pieces:
        return {}
    cut = [_cut(m, text) for m, text in zip(said, kept, strict=False) if text != m.text]
    heard = _plain(" ".join(kept))
    return {
        "messages": cut if said else _begun_of(state, reached),
        **_questions(state, reached.key, _Cut(_plain(" ".join(pieces)), heard)),
        **_facts(state, of_it, heard),
    }


def heard_of(pieces: Sequence[str], heard: str) -> list[str]:
    """What was heard of each of the texts that a reply was said in, in their order.

    Spaces count for nothing, nor does a mark at the end. What was heard beyond them, as of a text
    that was cut off before, is kept with the last.
    """
    left = _plain(heard)
    kept: list[str] = []
    for piece in pieces:
        whole = _plain(piece)
        _, found, after = left.partition(whole)
        if found:
            kept.append(piece)
            left = after.strip()
        else:
            begun = _begun(whole, left)
            all_words = begun and not any(it.isalnum() for it in whole[begun:])
            kept.append(piece if all_words else _first(piece, begun))
            left = "" if begun else left
    if left and kept:
        last = max((at for at, text in enumerate(kept) if text), default=len(kept) - 1)
        kept[last] = f"{kept[last]} {left}".strip()
    return kept


def _plain(text: str) -> str:
    return " ".join(text.split())


def _begun(whole: str, heard: str) -> int:
    """How many characters of a text end what was heard."""
    for length in range(min(len(whole), len(heard)), 0, -1):
        begins = length == len(heard) or heard[-length - 1] == " "
        if begins and heard.endswith(whole[:length]):
            return length
    return 0


def _first(text: str, length: int) -> str:
    """As much of a text as makes so many characters in single spaces."""
    left = length
    for word in re.finditer(r"\S+", text):
        if left <= len(word.group()):
            return text[: word.start() + left].strip()
        left -= len(word.group()) + 1
    return text


def _cut(message: AIMessage, heard: str) -> AnyMessage | RemoveMessage:
    """A message without words stays where it called tools: their answers need it."""
    if not heard and not message.tool_calls:
        return RemoveMessage(id=message.id or "")
    return AIMessage(
        heard,
        id=message.id,
        tool_calls=message.tool_calls,
        additional_kwargs=message.additional_kwargs,
    )


def _begun_of(state: State, reached: Reached) -> list[AnyMessage]:
    """What was heard of a reply that was cut off before any of it was known to have been heard."""
    turn = state.get("turn")
    answered = any(message.id == reached.key for message in state.get("messages", []))
    if not reached.text.strip() or not answered or turn is None or turn["key"] != reached.key:
        return []
    return [tagged(AIMessage(reached.text.strip()), turn)]


# --- questions --------------------------------------------------------------------------------


class _Cut:
    """A reply, and what was heard of it."""

    def __init__(self, said: str, heard: str) -> None:
        self._said, self._heard = said, heard

    def missed(self, question: str) -> bool:
        """Whether this was asked, and not heard to its end."""
        asked = _plain(question)
        return asked in self._said and asked.rstrip(" .?!") not in self._heard

    def nothing_of(self, question: str) -> bool:
        """Whether not one word of it was heard."""
        asked = _plain(question)
        before, _, _ = self._said.partition(asked)
        return len(self._heard) <= len(before)


def _questions(state: State, key: str, cut: _Cut) -> dict[str, Any]:
    """What was asked in the turn, and can't be agreed to."""
    update: dict[str, Any] = {}
    pending, spoke = state.get("pending"), state.get("spoke")
    if pending and cut.missed(pending["read_back"]):
        update["pending"] = {**pending, "unheard": True}
    if spoke and spoke["key"] == key and cut.missed(spoke["question"]):
        update["spoke"] = {**spoke, "question": ""}
    offers = state.get("offers", [])
    if any(_missed(offer, cut) for offer in offers):
        standing = (_marked(offer, cut) for offer in offers)
        update["offers"] = [offer for offer in standing if offer is not None]
    return update


def _missed(offer: Offer, cut: _Cut) -> bool:
    return offer["status"] == "open" and cut.missed(offer["question"])


def _marked(offer: Offer, cut: _Cut) -> Offer | None:
    """An offer that nobody heard a word of was not made: it may be made again."""
    if not _missed(offer, cut):
        return offer
    if cut.nothing_of(offer["question"]) and not offer.get("unheard"):
        return None
    return {**offer, "unheard": True}


# --- facts ------------------------------------------------------------------------------------


def _facts(state: State, of_it: Sequence[AnyMessage], heard: str) -> dict[str, Any]:
    """What was found in the turn, with what of it was told."""
    found = [_say(message) for message in of_it if isinstance(message, ToolMessage)]
    collected = dict(state.get("collected", {}))
    for topic, known in collected.items():
        say = str(known.get("say", ""))
        told = _told(say, heard)
        if say and told != say and any(it.startswith(say) for it in found):
            collected[topic] = {**known, "say": told, UNHEARD: say}
    return {"collected": collected} if collected != state.get("collected", {}) else {}


def _say(message: ToolMessage) -> str:
    try:
        body = json.loads(str(message.content))
    except ValueError:
        return ""
    return str(body.get("say", "")) if isinstance(body, dict) else ""


def _told(say: str, heard: str) -> str:
    """Those sentences that were heard: in these words, or all their figures in others."""
    return " ".join(one for one in _SENTENCE.split(say) if _was_told(_plain(one), heard))


def _was_told(sentence: str, heard: str) -> bool:
    if sentence in heard:
        return True
    figures = _FIGURE.findall(sentence)
    return bool(figures) and set(figures) <= set(_FIGURE.findall(heard))
