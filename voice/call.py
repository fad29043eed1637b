"""One call: what comes in by its line is heard, and what the gateway answers is spoken.

Frames and keys come in by `hear` and `press`, and time by the metronome, which all calls share;
`run` is the call from the greeting to its outcome. Whatever it began is over when `run` returns.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable, Sequence
from typing import Any

from contracts.clock import Clock
from contracts.errors import SpeechUnavailable
from contracts.language import speaking, t
from contracts.records import CallEventKind, Outcome
from contracts.scenario import Scenario
from contracts.speech import FRAME_BYTES, FRAME_S, Conversing, VoiceActivity
from gateway.gateway import Gateway
from voice import wording
from voice.dialogue import Dialogue
from voice.line import Caller, Line, Shown
from voice.listening.floor import Floor
from voice.listening.gate import Gate
from voice.listening.inlet import Inlet
from voice.listening.keypad import DIGITS
from voice.listening.turns import TurnTaker
from voice.log import CallLog
from voice.metronome import Beats
from voice.person import Person
from voice.silence import Quiet, Silence
from voice.talking.piece import Piece
from voice.talking.saying import Saying
from voice.talking.speaker import Speaker

log = logging.getLogger(__name__)

Likely = Callable[[str], Awaitable[Sequence[str] | None]]

APOLOGY_S = 15.0  # at most, before we hang up
MOST_WHY = 300  # characters of why an engine failed, in the records
TRANSFERRED_WITHIN_S = 5.0  # after the line has gone


class Call:
    def __init__(
        self,
        caller: Caller,
        line: Line,
        conversing: Conversing,
        activity: VoiceActivity,
        *,
        person: Person,
        gateway: Gateway,
        log: CallLog,
        scenario: Scenario,
        clock: Clock,
        beats: Beats,
        likely: Likely,
    ) -> None:
        """`likely`: the names that may come up with a customer, by their id; None where they can't
        be told."""
        self.caller = caller
        self.log = log
        self._line = line
        self._ear = conversing.ear
        self._activity = activity
        self._brand = scenario.brand
        self._beats = beats
        self._speaker = Speaker(conversing.mouth, line, self._begins, beats)
        self._dialogue = Dialogue(
            caller,
            person,
            line,
            self._speaker,
            gateway=gateway,
            log=log,
            scenario=scenario,
            clock=clock,
            beats=beats,
            met=self._met,
        )
        self._likely = likely
        self._gate = Gate()
        self._inlet = Inlet(self._frame, caller.call_id)
        self._turns = TurnTaker(self._ear, scenario.voice, person.language)
        self._floor = Floor(self._speaker, self._dialogue.broken_in, person.language)
        self._silence = Silence(scenario.voice.silence_s)
        self._fed = 0  # frames to the ear
        self._opened = 0.0  # when the speech that is on began
        self._asked: Saying | None = None
        self._gone = asyncio.Event()
        self._broken: asyncio.Future[None] = asyncio.get_running_loop().create_future()

    # --- the line's side ------------------------------------------------------------------------

    def hear(self, frame: bytes) -> None:
        """The caller's next 20 ms; those of another size are left out."""
        if len(frame) == FRAME_BYTES:
            self._inlet.push(frame)

    def press(self, digit: str) -> None:
        """A key of the caller's; those without a meaning here (A to D) are left out."""
        if digit not in DIGITS:
            return
        self.log.note(CallEventKind.DTMF_RECEIVED)
        self._silence.broken()
        if self._speaker.talking:
            self._dialogue.broken_in()
        self._turns.press(digit, self._beats.now())

    def rang_off(self) -> None:
        """The caller has gone."""
        self._gone.set()

    def broke(self, error: Exception) -> None:
        """What the call can't go on after: `run` raises it."""
        if not self._broken.done():
            self._broken.set_exception(error)

    # --- the call -------------------------------------------------------------------------------

    async def run(self) -> Outcome:
        """The call, until somebody ends it. Raises what the line raises."""
        self._beats.join(self._beat)
        tasks = {
            name: asyncio.create_task(work)
            for name, work in {
                "ear": self._listen(),
                "mouth": self._speaker.make(),
                "line": self._speaker.send(),
                "dialogue": self._dialogue.run(),
                "gone": self._gone.wait(),
            }.items()
        }
        elsewhere = False
        outcome: Outcome | None = None
        try:
            awaited: set[asyncio.Future[Any]] = {*tasks.values(), self._broken}
            await asyncio.wait(awaited, return_when=asyncio.FIRST_COMPLETED)
            outcome = await self._ended(tasks)
            return outcome
        except asyncio.CancelledError:
            elsewhere = True  # it goes on there
            raise
        finally:
            self._beats.leave(self._beat)
            for task in tasks.values():
                task.cancel()
            await asyncio.gather(*tasks.values(), return_exceptions=True)
            if not elsewhere and outcome != "transferred":
                self._take_rest()
            await self._dialogue.leave(ended=not elsewhere)

    async def _ended(self, tasks: dict[str, asyncio.Task[Any]]) -> Outcome:
        """Why the call is over, once one of its parts is; what is left to do on the line."""
        if tasks["gone"].done():
            return await self._left(tasks["dialogue"])
        if tasks["dialogue"].done():
            outcome: Outcome = tasks["dialogue"].result()
            if outcome != "transferred":
                await self._line.hang_up()
            return outcome
        if self._broken.done():
            self._broken.result()
        tasks["dialogue"].cancel()
        await asyncio.wait({tasks["dialogue"]})
        if tasks["line"].done():
            tasks["line"].result()
        failed = "ear" if tasks["ear"].done() else "mouth"
        why = self._failure(failed, tasks[failed])
        told = await self._apologise(failed, tasks["mouth"])
        told_so = "the caller was told" if told else "the caller could not be told"
        self.log.note(CallEventKind.ERROR_OCCURRED, f"no {failed}: {why[:MOST_WHY]}; {told_so}")
        await self._line.hang_up()
        return "failed"

    async def _left(self, dialogue: asyncio.Task[Outcome]) -> Outcome:
        """How it ended for a caller who is not on the line any more. What was said to its end is
        kept, though nobody hears the answer."""
        if self._dialogue.transferring:  # a person has them, perhaps
            await asyncio.wait({dialogue}, timeout=TRANSFERRED_WITHIN_S)
        if dialogue.done() and not dialogue.cancelled():
            return dialogue.result()
        self._take_rest()
        if self._dialogue.moved:
            return "moved"
        return "completed" if self._dialogue.spoken_with else "abandoned"

    def _take_rest(self) -> None:
        """What was said to its end, and no pause has told so yet."""
        if (said := self._turns.rest()) is not None:
            self._dialogue.put(said)

    async def _apologise(self, failed: str, mouth: asyncio.Task[None]) -> bool:
        """Whether the caller heard why we end the call: by our own voice, else by the line's."""
        while self._speaker.saying is not None:
            self._dialogue.broken_in()
        language, phone = self._dialogue.language, self._brand.emergency_phone
        with speaking(language):
            cant_hear = t(wording.CANT_HEAR, phone=phone)
            cant_go_on = t(wording.CANT_GO_ON, phone=phone)
        if failed == "ear" and await self._spoken(cant_hear, language, mouth):
            return True
        return await self._line.tell(cant_go_on, language)

    async def _spoken(self, text: str, language: str, mouth: asyncio.Task[None]) -> bool:
        """Whether the mouth could say it still."""
        saying = self._speaker.say(text, language)
        said = asyncio.create_task(saying.over.wait())
        await asyncio.wait({said, mouth}, timeout=APOLOGY_S, return_when=asyncio.FIRST_COMPLETED)
        said.cancel()
        if not saying.over.is_set():
            self._speaker.stop()
        return not saying.stopped

    def _failure(self, part: str, task: asyncio.Task[Any]) -> str:
        """Why an engine is gone. Raises what is no engine's failure."""
        error = None if task.cancelled() else task.exception()
        if error is not None and not isinstance(error, SpeechUnavailable):
            raise error
        about = {"call_id": self.caller.call_id, "part": part}
        log.error("a call ends without its engine", extra=about)
        return str(error or "it ended")

    # --- what is heard --------------------------------------------------------------------------

    def _frame(self, frame: bytes) -> None:
        now = self._beats.now()
        change = self._gate.pass_(self._activity.speech(frame))
        self._ear.feed(frame)
        self._floor.frame(frame)
        self._fed += 1
        if self._gate.speech:
            self._turns.speech(now, self._fed * FRAME_S)
        if change == "began":
            self._opened = now
            self._floor.began(now)
        elif change == "ended":
            was = self._floor.ended(now)
            if was == "telling":
                self._ear.pause()
            elif was == "nothing":
                self._turns.forget(now)

    async def _listen(self) -> None:
        """Take in what the ear hears, as long as the call. Raises SpeechUnavailable."""
        async for heard in self._ear:
            now = self._beats.now()
            if not self._floor.heard(heard, now):
                self._turns.forget(now)
                continue
            if heard.text.strip():
                self._silence.broken()
                shown = Shown("transcript", by="customer", text=heard.text, final=heard.final)
                self._line.show(shown)
            self._turns.heard(heard, now)

    async def _met(self, customer_id: str) -> None:
        """The caller turned out to be that customer: their names are likely from here on."""
        phrases = await self._likely(customer_id)
        if phrases is not None:
            self._ear.expect(phrases)

    # --- what is spoken -------------------------------------------------------------------------

    def _begins(self, saying: Saying, piece: Piece) -> None:
        """The caller begins to hear a piece."""
        self._line.show(Shown("transcript", by="us", text=piece.text.strip()))
        self._turns.asked = (
            piece.text if saying is not self._asked else (self._turns.asked + piece.text)
        )
        self._asked = saying

    # --- time -----------------------------------------------------------------------------------

    def _beat(self, now: float) -> None:
        try:
            self._passes(now)
        except Exception as error:  # noqa: BLE001 - ends this call alone; `run` raises it
            self._beats.leave(self._beat)
            self.broke(error)

    def _passes(self, now: float) -> None:
        self._inlet.beat()
        self._speaker.beat(now)
        theirs = self._gate.open and not self._turns.noise(now, self._opened)
        self._turns.language = self._floor.language = self._dialogue.language
        self._turns.one_key = self._dialogue.one_key
        said = self._turns.beat(now, speaking=theirs)
        if said is not None:
            self._floor.taken()
            self._dialogue.put(said)
        waiting = self._turns.waiting
        self._floor.beat(now, speaking=theirs, waiting=waiting)
        self._dialogue.beat(now, theirs=theirs, waiting=waiting)
        quiet = self._dialogue.idle and self._speaker.quiet and not theirs and not waiting
        if step := self._silence.beat(now, quiet=quiet, leaving=self._dialogue.leaving):
            self._dialogue.put(Quiet(step))
