"""Calls that customers were promised, as cases of the kind "callback": placed when they are due,
tried again when nobody takes them, closed with a note."""

from __future__ import annotations

import logging
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

from contracts.clock import Clock
from contracts.errors import ConfigurationError, Overloaded
from contracts.language import ENGLISH, marked, speaking, t
from contracts.records import Case, Records
from voice.acs.client import CallRefused
from voice.acs.events import e164
from voice.acs.memory import CallMemory
from voice.acs.outbound import Outbound
from voice.acs.taking_over import CUT_OFF

log = logging.getLogger(__name__)

EVERY_S = 5.0
AT_ONCE = 200  # cases that are looked at
TRIES = 3
AGAIN_AFTER = timedelta(minutes=15)
PLACING_S = 120.0  # for which nobody else tries
_ASKED = marked("You asked us to call you back. What can I do for you?")
_CUT_OFF = marked(
    "We were cut off a moment ago, and I'm sorry about that. How can I go on helping you?"
)
CALLED, NOBODY, NO_NUMBER = "called back", "nobody took the call", "there is no number to call"


class PromisedCalls:
    """`quiet`: whether nobody is called unasked now; a time that the customer chose is kept."""

    def __init__(
        self,
        *,
        records: Records,
        outbound: Outbound,
        memory: CallMemory,
        clock: Clock,
        quiet: Callable[[], bool],
    ) -> None:
        self._records = records
        self._outbound = outbound
        self._memory = memory
        self._clock = clock
        self._quiet = quiet

    async def run(self) -> None:
        """Look at all that wait. Raises StoreUnavailable; the next run goes on."""
        for case in await self._records.cases.waiting("callback", AT_ONCE):
            if call_id := case.details.get("call_id"):
                await self._placed(case, str(call_id))
            elif self._is_due(case):
                await self._place(case)

    async def _place(self, case: Case) -> None:
        details, tries = case.details, int(case.details.get("tries", 0))
        phone = e164(str(details.get("phone", "")))
        if not phone:
            await self._close(case, NO_NUMBER)
            return
        once = f"{case.case_id}:{tries}"
        if not await self._memory.first(f"callback:{once}", lasts_s=PLACING_S):
            return
        try:
            call_id = await self._outbound.call(phone, await self._opening(case), key=once)
        except (CallRefused, ConfigurationError, Overloaded) as error:
            log.warning("a call-back was not placed", extra={"error": str(error)})
            await self._again(case, tries + 1)
            return
        placed = {"call_id": call_id, "tries": tries + 1}
        await self._records.cases.change(case.case_id, details={**details, **placed})

    async def _placed(self, case: Case, call_id: str) -> None:
        """What became of the call that was placed, if it is over."""
        call = await self._records.calls.get(call_id)
        if call is not None and call.ended is None:
            return
        if call is not None and call.answered is not None and call.outcome != "unanswered":
            await self._close(case, CALLED)
            return
        await self._again(case, int(case.details.get("tries", 1)))

    async def _again(self, case: Case, tries: int) -> None:
        """Try once more later, unless it was tried often enough."""
        if tries >= TRIES:
            await self._close(case, NOBODY)
            return
        later = (self._clock.now() + AGAIN_AFTER).isoformat()
        details = {**_plain(case), "tries": tries, "next": later}
        await self._records.cases.change(case.case_id, details=details)

    async def _close(self, case: Case, note: str) -> None:
        log.info("a call-back is closed", extra={"case": case.case_id, "note": note})
        details = {**case.details, "note": note}
        await self._records.cases.close(case.case_id, details=details)

    def _is_due(self, case: Case) -> bool:
        now = self._clock.now()
        if again := _moment(case.details.get("next")):
            return now >= again and not self._quiet()
        if chosen := _moment(case.details.get("when")):
            return now >= chosen
        return not self._quiet()

    async def _opening(self, case: Case) -> str:
        customer = await self._records.customers.get(case.customer_id)
        with speaking(customer.language if customer else ENGLISH):
            return t(_CUT_OFF) if case.reason == CUT_OFF else t(_ASKED)


def _plain(case: Case) -> dict[str, Any]:
    return {name: value for name, value in case.details.items() if name != "call_id"}


def _moment(value: object) -> datetime | None:
    """None for "as soon as possible" and for what is no moment."""
    try:
        found = datetime.fromisoformat(value) if isinstance(value, str) else None
    except ValueError:
        return None
    return found if found is not None and found.tzinfo else None
