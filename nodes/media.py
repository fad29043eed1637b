"""What came with a customer's message besides words."""

from __future__ import annotations

import re
from datetime import datetime, timedelta
from typing import Any

from contracts.messages import Media
from nodes.state import MAX_PHOTOS, State, TurnState

ALONE = "[sent a photo]"  # what models read where nothing was said with it
WAITS_FOR = timedelta(days=1)  # a photo, for its sender to be known; the records drop it then
# Words that only hand a photo over.
_HANDED_OVER = frozenset(
    {
        *(
            "here",
            "heres",
            "here's",
            "is",
            "are",
            "this",
            "that",
            "these",
            "its",
            "it's",
            "it",
            "a",
        ),
        *("an", "the", "my", "our", "of", "for", "from", "with", "and", "to", "you", "i", "i'm"),
        *("am", "im", "photo", "photos", "picture", "pictures", "pic", "pics", "image", "images"),
        *("screenshot", "snapshot", "scan", "copy", "file", "pdf", "attached", "attachment"),
        *("attaching", "sending", "send", "sent", "see", "look", "at", "meter", "meters", "bill"),
        *("bills", "statement", "electric", "gas", "hi", "hello", "hey", "please", "thanks"),
        *("thank", "ok", "okay", "there", "go", "took", "take", "one", "another", "second"),
        *(
            "aquí",
            "aqui",
            "está",
            "esta",
            "este",
            "esto",
            "estas",
            "están",
            "es",
            "la",
            "el",
            "una",
        ),
        *("un", "los", "las", "de", "del", "mi", "mis", "foto", "fotos", "imagen", "imágenes"),
        *("medidor", "contador", "factura", "facturas", "recibo", "recibos", "luz", "adjunto"),
        *("adjunta", "envío", "envio", "mando", "le", "les", "hola", "gracias", "por", "favor"),
        *("otra", "y", "con", "archivo", "captura", "tomé", "tome"),
    }
)
_WORD = re.compile(r"[\w'’]+")


def hands_over(said: str) -> bool:
    """Whether words that came with a photo ask for nothing beside it."""
    words = (word.replace("’", "'") for word in _WORD.findall(said.lower()))
    return "?" not in said and all(word in _HANDED_OVER for word in words)


def handed_over(turn: TurnState) -> bool:
    """Whether photos or files are all that this turn brings."""
    return has_photo(turn) and hands_over(turn["said"])


def has_photo(turn: TurnState) -> bool:
    """Whether a photo or a file came, for somebody to look at. A voice message is none."""
    return any(not _is_audio(one) for one in turn.get("media", []))


def _is_audio(media: dict[str, Any]) -> bool:
    return str(media["content_type"]).startswith("audio/")


def waiting(state: State, media: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """The photos that are with no case yet, those that came just now among them; each once."""
    now = datetime.fromisoformat(state["turn"]["at"])
    before = [
        photo
        for photo in state.get("photos", [])
        if now - datetime.fromisoformat(photo["at"]) < WAITS_FOR
    ]
    new = [{**photo, "at": photo.get("at", now.isoformat())} for photo in media]
    each = {photo["id"]: photo for photo in (*before, *new) if not _is_audio(photo)}
    return list(each.values())[-MAX_PHOTOS:]


def media_of(turn: TurnState) -> tuple[Media, ...]:
    return tuple(Media.model_validate(one) for one in turn.get("media", []))
