"""Which language a caller speaks, as far as it is known."""

from __future__ import annotations

from collections.abc import Sequence

from voice.engines.local.whisper import Written

_SURE = 0.85
_LONG_ENOUGH_S = 0.7  # "no" is the same in both
_OTHER = 0.15  # how much another is expected, once one is sure
_NEXT = 0.6  # and before: each less than the one before it


class Languages:
    """`asked`: those that may be spoken, the likeliest first. Once one is sure it stays, until
    the caller clearly speaks another."""

    def __init__(self, asked: Sequence[str]) -> None:
        self._asked = list(asked)
        self._sure = self._asked[0] if len(self._asked) == 1 else ""

    @property
    def sure(self) -> str:
        """Empty while it is not known."""
        return self._sure

    def weights(self, spoken_s: float) -> dict[str, float]:
        """How much each is expected, in so many seconds of speech."""
        if self._sure and spoken_s < _LONG_ENOUGH_S:
            return {self._sure: 1.0}
        if self._sure:
            return {name: 1.0 if name == self._sure else _OTHER for name in self._asked}
        return {name: _NEXT**place for place, name in enumerate(self._asked)}

    def learn(self, written: Written, spoken_s: float) -> None:
        likely = written.languages[written.language]
        if written.text and likely >= _SURE and spoken_s >= _LONG_ENOUGH_S:
            self._sure = written.language
