"""Digits that the caller keys in, until they have all come."""

from __future__ import annotations

DIGITS = frozenset("0123456789*#")
MOST = 40  # in one number


class Keypad:
    def __init__(self) -> None:
        self._digits = ""
        self._ended = False
        self._last = 0.0

    def press(self, digit: str, now: float) -> None:
        """A key; "#" ends a number, and alone is one."""
        self._last = now
        if digit == "#" and self._digits:
            self._ended = True
        elif len(self._digits) < MOST:
            self._digits += digit

    @property
    def waiting(self) -> bool:
        """Whether a number has begun."""
        return bool(self._digits)

    def whole(self, now: float, *, pause_s: float, lengths: set[int]) -> bool:
        """Whether the number is: ended by "#", as long as the longest that was asked for, or with
        nothing added for `pause_s`."""
        if not self._digits:
            return False
        asked = bool(lengths) and len(self._digits) >= max(lengths)
        return self._ended or asked or now - self._last >= pause_s

    def take(self) -> str:
        taken, self._digits, self._ended = self._digits, "", False
        return taken
