"""A whole text read out, where nobody waits for its first sound."""

from __future__ import annotations

from contracts.speech import TextToSpeech
from voice.spoken import aloud


async def read_out(mouth: TextToSpeech, text: str, language: str) -> bytes:
    """All of it as people say it: 16 kHz, mono, 16 bits. Raises SpeechUnavailable."""
    speech = mouth.speak(aloud(text, language).text, language=language)
    return b"".join([piece.pcm async for piece in speech])
