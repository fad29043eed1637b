"""How long the stages of a turn took."""

from __future__ import annotations

from voice.listening.turns import Utterance


class Latency:
    """From the end of what the caller said to the first sound of our answer. Times are of the
    call's beat, in seconds."""

    def __init__(self, said: Utterance, asked: float) -> None:
        """`asked`: when the gateway got it."""
        self._said = said
        self._asked = asked
        self._text: float | None = None

    def text(self, now: float) -> None:
        """Something of the answer has come."""
        if self._text is None:
            self._text = now

    def stages(self, sound: float | None) -> dict[str, float]:
        """Milliseconds by stage; empty where nothing was said. `sound`: when the first frame of
        the answer went out. "total" is from the end of speech, and the sum of "endpoint", "turn"
        and "first_audio" with what the utterance waited for its turn."""
        said = self._said
        if sound is None or self._text is None:
            return {}
        stages = {
            "endpoint": said.decided - said.ended,
            "recognition": max(0.0, said.known - said.ended),
            "turn": self._text - self._asked,
            "first_audio": max(0.0, sound - self._text),
            "total": max(0.0, sound - said.ended),
        }
        return {name: round(seconds * 1000, 1) for name, seconds in stages.items()}
