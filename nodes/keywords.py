"""STOP, START and HELP: words that a carrier's rules give a meaning of their own.

They count only where they are the whole message. On SMS there are more of them, as on any phone in
the country; "cancel" and its like answer a question first, where one waits.
"""

from __future__ import annotations

import re
from typing import Literal

from contracts.messages import Channel
from contracts.spanish import unaccented

Keyword = Literal["stop", "start", "help"]

CHANNELS = frozenset({Channel.SMS, Channel.WHATSAPP, Channel.EMAIL})
_WORDS: dict[Keyword, frozenset[str]] = {
    "stop": frozenset(
        {
            *("stop", "stopall", "stop all", "unsubscribe", "optout", "opt out", "revoke"),
            *("alto", "parar", "pare", "detener", "baja", "dar de baja", "darme de baja"),
            *("cancelar suscripcion", "no mas mensajes"),
        }
    ),
    "start": frozenset(
        {
            *("start", "unstop", "resume", "subscribe", "opt in", "optin"),
            *("iniciar", "comenzar", "empezar", "reanudar", "alta", "suscribir"),
        }
    ),
    "help": frozenset({"help", "ayuda"}),
}
_STOP_BY_SMS = frozenset({"cancel", "end", "quit", "cancelar", "terminar", "fin", "salir"})
_MARKS = re.compile(r"[^\w\s]|_")


def keyword_of(said: str, channel: Channel, *, asked: bool) -> Keyword | None:
    """The keyword that a message is, or None. asked: whether a question of ours waits."""
    if channel not in CHANNELS:
        return None
    text = " ".join(_MARKS.sub(" ", unaccented(said)).split())
    if channel is Channel.SMS and text in _STOP_BY_SMS and not asked:
        return "stop"
    return next((keyword for keyword, words in _WORDS.items() if text in words), None)
