"""STOP, START and HELP: words that a carrier's rules give a meaning of their own, and what callers
say for them.

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
# Of a call, where "stop" alone means that we talk too long.
_CALLS: dict[Keyword, frozenset[str]] = {
    "stop": frozenset(
        {
            *("stop calling me", "stop calling", "stop these calls", "no more calls"),
            *("dont call me again", "do not call me again", "dont call me any more"),
            *("dont call me anymore", "do not call me anymore", "never call me again"),
            *("no me llamen mas", "no me llame mas", "no me vuelvan a llamar", "no mas llamadas"),
            *("no me vuelva a llamar", "dejen de llamarme", "deje de llamarme"),
        }
    ),
    "start": frozenset({"you can call me again", "you may call me again", "ya pueden llamarme"}),
}
_POLITE = re.compile(r"^(please|por favor) | (please|por favor|thanks|gracias)$")
_STOP_BY_SMS = frozenset({"cancel", "end", "quit", "cancelar", "terminar", "fin", "salir"})
_APOSTROPHES = str.maketrans("", "", "'\u2019")
_MARKS = re.compile(r"[^\w\s]|_")


def keyword_of(said: str, channel: Channel, *, asked: bool) -> Keyword | None:
    """The keyword that a message is, or None. asked: whether a question of ours waits."""
    if channel is Channel.VOICE:
        plain = " ".join(_MARKS.sub(" ", unaccented(said).translate(_APOSTROPHES)).split())
        return _of(_POLITE.sub("", plain), _CALLS)
    if channel not in CHANNELS:
        return None
    text = " ".join(_MARKS.sub(" ", unaccented(said)).split())
    if channel is Channel.SMS and text in _STOP_BY_SMS and not asked:
        return "stop"
    return _of(text, _WORDS)


def _of(text: str, words: dict[Keyword, frozenset[str]]) -> Keyword | None:
    return next((keyword for keyword, those in words.items() if text in those), None)
