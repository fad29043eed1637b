"""Where speech begins and ends, by a detector that may change its mind every 20 ms."""

from __future__ import annotations

from typing import Literal

LIKELY, UNLIKELY = 0.5, 0.35
BEGINS = 4  # frames of likely speech, with which it has begun: 80 ms
ENDS = 10  # frames without, with which it has ended: 200 ms


class Gate:
    def __init__(self) -> None:
        self.open = False
        self._likely = 0
        self._without = 0

    def pass_(self, likelihood: float) -> Literal["began", "ended"] | None:
        """What the next frame's likelihood of speech changes."""
        if likelihood >= LIKELY:
            self._likely += 1
            self._without = 0
        elif likelihood < UNLIKELY:
            self._without += 1
            self._likely = max(0, self._likely - 2)
        if not self.open and self._likely >= BEGINS:
            self.open = True
            return "began"
        if self.open and self._without >= ENDS:
            self.open = False
            self._likely = 0
            return "ended"
        return None

    @property
    def speech(self) -> bool:
        """Whether there was speech in the last frame."""
        return self.open and not self._without
