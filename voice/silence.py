"""Nobody says anything: when to ask whether somebody is there, and when to stop asking."""

from __future__ import annotations

from dataclasses import dataclass

ANSWER_S = 6.0  # to take the offer of a call-back
LEAVING_S = 3.0  # to say something more, after we have said goodbye


@dataclass(frozen=True, slots=True)
class Quiet:
    """Nobody has said anything for a while; `step` as in `Silence`."""

    step: int


class Silence:
    """Counts what we did about it since the caller was last heard: asked, asked again, offered to
    call back, and 4: it is over."""

    def __init__(self, seconds: tuple[float, float, float]) -> None:
        self._limits = (*seconds, ANSWER_S)
        self._since: float | None = None
        self._done = 0

    def broken(self) -> None:
        """The caller is there."""
        self._since, self._done = None, 0

    def beat(self, now: float, *, quiet: bool, leaving: bool = False) -> int:
        """Which step is due now, 1 to 4; 0 for none. `quiet`: neither side says or does a thing.
        `leaving`: all was said, and the call ends unless the caller has more to say."""
        if not quiet:
            self._since = None
            return 0
        if self._since is None:
            self._since = now
        if self._done >= len(self._limits):
            return 0
        limit = LEAVING_S if leaving else self._limits[self._done]
        if now - self._since < limit:
            return 0
        self._done += 1
        self._since = None
        return self._done
