"""The calls of a process: each gets its engines, is run, logged, and found by its id."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable, Sequence

from contracts.clock import Clock
from contracts.errors import SpeechUnavailable
from contracts.language import speaking, t
from contracts.records import CallEventKind, CallRecord, Outcome, Records
from contracts.scenario import Scenario
from contracts.speech import Engines
from gateway.gateway import Gateway
from voice import wording
from voice.call import Call
from voice.line import Caller, Line
from voice.log import CallLog
from voice.metronome import Beats, Metronome
from voice.person import Person, person_of, phrases_with
from voice.reopening import Reopening

log = logging.getLogger(__name__)

# Reads the carrier and hands what comes to the call: `call.hear(frame)`, `call.press(digit)`.
# Returns when the carrier has gone; that is ringing off.
Feed = Callable[[Call], Awaitable[None]]
EMBEDDED = "local"
CATCHES_UP_EVERY_S = 5.0
MOST_LATE = 1_000  # calls whose end waits for the records


class Switchboard:
    """`engines` gives what hears and speaks by its name, the empty one being the default; it raises
    SpeechUnavailable for what can't be had. `me`: the id of this process, which records bear.
    `ready` is awaited before engines are asked for: what takes long of having them."""

    def __init__(
        self,
        gateway: Gateway,
        records: Records,
        scenario: Scenario,
        clock: Clock,
        engines: Callable[[str], Engines],
        beats: Beats | None = None,
        me: str = "",
        ready: Callable[[str], Awaitable[None]] | None = None,
    ) -> None:
        self._gateway = gateway
        self._records = records
        self._scenario = scenario
        self._clock = clock
        self._engines = engines
        self._beats = beats or Metronome()
        self._me = me
        self._ready = ready
        self._calls: dict[str, Call] = {}
        self._under_way: set[str] = set()
        self._late: dict[str, CallLog] = {}

    def __contains__(self, call_id: object) -> bool:
        """Whether a call is here, from its answer until its end is in the records."""
        return call_id in self._under_way or call_id in self._late

    def call(self, call_id: str) -> Call | None:
        """The call while it lives."""
        return self._calls.get(call_id)

    @property
    def open(self) -> int:
        """How many calls there are."""
        return len(self._calls)

    async def run(self, caller: Caller, line: Line, feed: Feed) -> Outcome:
        """A call from its answer to its end; `feed` runs beside it. The call is in the records when
        this returns, whatever happened, or as soon as they answer again."""
        self._under_way.add(caller.call_id)
        try:
            return await self._run(caller, line, feed)
        finally:
            self._under_way.discard(caller.call_id)

    async def catch_up(self) -> None:
        """Keep the ends of calls that the records did not take."""
        for call_id, notes in tuple(self._late.items()):
            if not await notes.catch_up():
                return
            self._late.pop(call_id, None)

    async def _run(self, caller: Caller, line: Line, feed: Feed) -> Outcome:
        person = await person_of(caller, self._gateway, self._records, self._scenario)
        notes = CallLog(self._records.calls, caller.call_id, self._clock)
        await notes.begin(self._record(caller, person))
        outcome: Outcome = "failed"
        try:
            outcome = await self._held(caller, person, line, feed, notes)
        except asyncio.CancelledError:  # it goes on elsewhere
            await notes.flush()
            raise
        except SpeechUnavailable:
            log.error("a call has no engines", extra={"call_id": caller.call_id})
            await self._excuse(line, person.language)
        except Exception as error:
            about = {"call_id": caller.call_id, "error": type(error).__name__}
            log.exception("a call failed", extra=about)
            notes.note(CallEventKind.ERROR_OCCURRED, type(error).__name__)
            await self._excuse(line, person.language)
        if not await notes.end(outcome):
            self._late[caller.call_id] = notes
            if len(self._late) > MOST_LATE:
                del self._late[next(iter(self._late))]
        return outcome

    async def _excuse(self, line: Line, language: str) -> None:
        """End a call that can't go on: its caller is told so, as far as the line can."""
        with speaking(language):
            sorry = t(wording.CANT_GO_ON, phone=self._scenario.brand.emergency_phone)
        await line.tell(sorry, language)
        await line.hang_up()

    async def _held(
        self, caller: Caller, person: Person, line: Line, feed: Feed, notes: CallLog
    ) -> Outcome:
        if self._ready is not None:
            await self._ready(caller.speech)
        attempts = self._attempts(caller)
        opening = Reopening(
            attempts,
            languages=person.languages,
            phrases=person.phrases,
            failed=lambda what: notes.note(CallEventKind.ERROR_OCCURRED, what),
        )
        async with opening as conversing:
            call = Call(
                caller,
                line,
                conversing,
                attempts[0].activity(),
                person=person,
                gateway=self._gateway,
                log=notes,
                scenario=self._scenario,
                clock=self._clock,
                beats=self._beats,
                likely=self._likely,
            )
            self._calls[caller.call_id] = call
            feeding = asyncio.create_task(_fed(call, feed))
            try:
                return await call.run()
            finally:
                self._calls.pop(caller.call_id, None)
                feeding.cancel()
                await asyncio.gather(feeding, return_exceptions=True)

    async def _likely(self, customer_id: str) -> Sequence[str] | None:
        return await phrases_with(customer_id, self._records, self._scenario)

    def _attempts(self, caller: Caller) -> list[Engines]:
        """The engines of the number called, once more after a failure, then the embedded ones."""
        own = self._engines(caller.speech)
        attempts = [own, own]
        if own.name != EMBEDDED:
            try:
                attempts.append(self._engines(EMBEDDED))
            except SpeechUnavailable:
                log.info("there are no embedded engines to fall back on")
        return attempts

    def _record(self, caller: Caller, person: Person) -> CallRecord:
        now = self._clock.now()
        return CallRecord(
            call_id=caller.call_id,
            customer_id=person.customer_id,
            thread_id=person.thread_id,
            direction=caller.direction,
            address=caller.address,
            number=caller.to,
            began=now,
            answered=now,
            worker=self._me,
        )


async def _fed(call: Call, feed: Feed) -> None:
    try:
        await feed(call)
    except Exception as error:  # noqa: BLE001 - the call raises it
        call.broke(error)
    else:
        call.rang_off()
