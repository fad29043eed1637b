"""How the model's input is written, for those who write it and those who read it.

The system message of an agent is its prompt followed by a `<context>` block with JSON; what
customers write and what tools return is fenced as data. The embedded model reads the same
text as any other model does.
"""

from __future__ import annotations

import json
import re
from typing import Any, TypedDict


class Brief(TypedDict, total=False):
    """The context block: all an agent may know beyond the messages it is shown."""

    agent: str
    channel: str
    now: str  # ISO, in the utility's zone
    language: str
    identity: str  # the rung, as a word
    customer: dict[str, Any]  # CustomerFacts
    collected: dict[str, Any]  # what tools found or the customer told, by topic
    handoff: dict[str, Any]  # how this agent came to have the floor: source, kind, reason, args
    summary: str  # what was said before the messages; never given to a DISCRETE agent
    pending: dict[str, Any]  # a call that waits for the customer's yes: tool, args, read_back
    offer: dict[str, Any]  # an open offer to move
    quoted: str  # a message of ours that the customer's last one answers; never to a DISCRETE agent
    offering: bool  # one is made right after this answer: one question at a time
    leaving: bool  # the caller says goodbye, and the call ends after this answer


_CONTEXT = re.compile(r"<context>\n(.*?)\n</context>", re.DOTALL)
_FENCE = re.compile(r"^<(customer|tool_result)>\n(.*)\n</\1>$", re.DOTALL)
_TAG = re.compile(r"<(/?)(customer|tool_result|context)>", re.IGNORECASE)


def system_text(prompt: str, brief: Brief) -> str:
    """An agent's system message."""
    block = defuse(json.dumps(brief, ensure_ascii=False, default=str))
    return f"{prompt.strip()}\n\n<context>\n{block}\n</context>"


def brief_of(system: str) -> Brief:
    """The context block of a system message; empty if it has none."""
    found = _CONTEXT.findall(system)
    brief: Brief = json.loads(found[-1]) if found else {}
    return brief


def fence(text: str, *, source: str) -> str:
    """Mark text as data: `source` is "customer" or "tool_result"."""
    return f"<{source}>\n{defuse(text)}\n</{source}>"


def unfence(text: str) -> str:
    """The text inside a fence; other text as it is."""
    match = _FENCE.match(text)
    return match.group(2) if match else text


def defuse(text: str) -> str:
    """Text in which nothing reads as one of our own marks."""
    return _TAG.sub(r"‹\1\2›", text)
