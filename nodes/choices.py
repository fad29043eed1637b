"""Buttons for a yes or a no, bound to their question.

A button stays on the screen when the talk has gone on: pressed late, it must not answer
what was asked since.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Sequence
from typing import Any

from contracts.language import t
from contracts.messages import Channel, Choice
from nodes.state import TurnState

_NUMBERED = (Channel.SMS, Channel.EMAIL)  # where answers stand with numbers, having no buttons
_NUMBER = re.compile(r"[\s#(]*(\d{1,2})[\s.)!]*")


def yes_or_no(question: str) -> tuple[Choice, Choice]:
    token = _token(question)
    return Choice(id=f"yes:{token}", label=t("Yes")), Choice(id=f"no:{token}", label=t("No"))


def pressed(choice: str | None) -> tuple[str, str]:
    """What a pressed button says, and the token of its question; typed words have none."""
    said, _, token = (choice or "").partition(":")
    return (said, token) if said in {"yes", "no"} and token else (choice or "", "")


def numbered(text: str, channel: Channel, parts: Sequence[dict[str, Any]]) -> str | None:
    """The id of the answer whose number somebody typed, of those that the parts (`Part` as JSON) of
    the turn before held; None where it is no such number, or none were numbered. A yes or no is
    never said by a number."""
    number = _NUMBER.fullmatch(text)
    asked = [part for part in parts if part["kind"] == "choices"]
    if channel not in _NUMBERED or number is None or not asked:
        return None
    options = asked[-1]["options"]
    which = int(number.group(1))
    if not 1 <= which <= len(options) or pressed(options[which - 1]["id"])[1]:
        return None
    return str(options[which - 1]["id"])


def answers(turn: TurnState, question: str) -> bool:
    """Whether this turn's button, if it was one, belongs to this question, and so does the message
    of ours that it quotes, if it quotes one."""
    quoted = turn.get("quoted")
    apt = not quoted or quoted.get("last", False) or quotes(turn, question)
    return apt and turn.get("pressed", "") in {"", _token(question)}


def quotes(turn: TurnState, question: str) -> bool:
    """Whether this turn answers a message of ours that held this question."""
    said = (turn.get("quoted") or {}).get("said", "")
    return " ".join(question.split()) in " ".join(said.split())


def _token(question: str) -> str:
    return hashlib.sha256(question.encode()).hexdigest()[:10]
