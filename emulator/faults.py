"""Calls of the API that fail because a test wants them to."""

from __future__ import annotations

from emulator.errors import Refused
from emulator.state import State

_CODES = {429: "TooManyRequests", 500: "InternalServerError", 503: "ServiceUnavailable"}


class Failing:
    def __init__(self, state: State) -> None:
        self._state = state

    async def __call__(self) -> None:
        """Raises Refused as often as `Faults` says."""
        faults = self._state.faults
        if faults.times <= 0:
            return
        self._state.faults = faults.model_copy(update={"times": faults.times - 1})
        raise Refused(
            faults.status,
            _CODES[faults.status],
            "failing, as the emulator was told to",
            headers={"Retry-After": str(faults.after_s)},
        )
