"""Where calls end: nothing that was said to its end is lost, nothing is kept twice, and whoever has
to be left is told why."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Iterable
from contextlib import asynccontextmanager
from types import SimpleNamespace
from typing import Any, cast

import pytest

from contracts.clock import PinnedClock
from contracts.errors import SpeechUnavailable
from contracts.identity import anonymous_id
from contracts.messages import Channel, HangUp, Inbound, Outbound, Text
from contracts.records import CallEventKind, Outcome, Records
from contracts.speech import FRAME_S, SILENCE, Engines
from gateway.gateway import Gateway
from tests.conftest import START
from tests.fakes.calls import FakeCalls
from tests.fakes.world import scenario_of
from tests.phoning import PlayedLine, Steps
from tests.scripted_speech import Script, ScriptedEngines
from voice import wording
from voice.call import Call
from voice.line import Caller
from voice.switchboard import Switchboard

pytestmark = pytest.mark.unit

OUT = "hi my power is out"
ANSWER = Text(text="A crew is on its way.")


class Keeping:
    """A gateway that keeps each message once, and answers it with these parts. `holds` keeps
    messages from being kept until they are taken; `fails` is raised once, after it was kept."""

    def __init__(self) -> None:
        self.kept: dict[str, Inbound] = {}
        self.parts: list[Outbound] = [ANSWER]
        self.asked = 0
        self.holds = False
        self.fails: list[Exception] = []

    async def context(self, channel: Channel, address: str) -> dict[str, Any]:
        return {"customer_id": anonymous_id(channel, address), "language": "en"}

    async def receive(self, inbound: Inbound) -> AsyncIterator[Outbound]:
        self.asked += 1
        if self.holds:
            await asyncio.Event().wait()
        self.kept[inbound.key] = inbound
        if self.fails:
            raise self.fails.pop()
        for part in self.parts:
            yield part

    async def take(self, inbound: Inbound) -> bool:
        new = inbound.key not in self.kept
        self.kept.setdefault(inbound.key, inbound)
        return new

    def cancel(self, key: str, heard: str | None = None) -> bool:
        return True

    @property
    def texts(self) -> list[str]:
        return [it.text or it.dtmf or "" for it in self.kept.values() if not it.ended]

    @property
    def ended(self) -> int:
        return sum(it.ended for it in self.kept.values())


class SlowLine(PlayedLine):
    """Takes its time to hang up, where `slow` is set."""

    def __init__(self, beats: Steps) -> None:
        super().__init__(beats)
        self.slow = False
        self.hanging_up = False
        self.off = asyncio.Event()

    async def hang_up(self) -> None:
        self.hanging_up = True
        if self.slow:
            await self.off.wait()
        await super().hang_up()


class Ringing:
    """A call of a stranger's."""

    def __init__(self, **voice: Any) -> None:
        self.script, self.beats, self.gateway = Script(), Steps(), Keeping()
        self.engines, self.line = ScriptedEngines(self.script), SlowLine(self.beats)
        self.calls = FakeCalls()
        scenario = scenario_of("utilities")
        spoken = scenario.voice.model_copy(update=voice)
        self._board = Switchboard(
            cast(Gateway, self.gateway),
            cast(Records, SimpleNamespace(calls=self.calls)),
            scenario.model_copy(update={"voice": spoken}),
            PinnedClock(START),
            lambda name: cast(Engines, self.engines),
            self.beats,
        )
        self._call: Call | None = None
        self._gone = asyncio.Event()
        self.running: asyncio.Task[Outcome] | None = None

    async def dial(self) -> None:
        caller = Caller(call_id="call-1", address="+15551234")
        self.running = asyncio.create_task(self._board.run(caller, self.line, self._feed))
        while self._call is None:
            await asyncio.sleep(0)

    async def _feed(self, call: Call) -> None:
        self._call = call
        await self._gone.wait()

    @property
    def call(self) -> Call:
        assert self._call is not None
        return self._call

    async def step(self, frame: bytes = SILENCE) -> None:
        self.line.play()
        self.beats.step()
        self.call.hear(frame)
        for _ in range(6):
            await asyncio.sleep(0)

    async def makes(self, frames: Iterable[bytes]) -> None:
        for frame in frames:
            await self.step(frame)

    async def say(self, text: str) -> None:
        await self.makes(self.script.said(text))

    async def quiet(self, seconds: float) -> None:
        await self.makes([SILENCE] * round(seconds / FRAME_S))

    async def until(self, what: Callable[[], bool], within_s: float = 90.0) -> None:
        for _ in range(round(within_s / FRAME_S)):
            if what():
                return
            await self.step()
        raise AssertionError(f"it did not come to that in {within_s:g} s")

    async def listen(self) -> None:
        """Let our side finish."""
        dialogue, speaker = self.call._dialogue, self.call._speaker
        await self.until(lambda: dialogue.idle and speaker.quiet and not self.call._turns.waiting)

    @property
    def heard(self) -> str:
        shown = (it for it in self.line.shown if it.kind == "transcript" and it.by == "us")
        return " ".join(it.text for it in shown)

    @property
    def sure(self) -> bool:
        """Whether the ear knows what was said, and more may come still."""
        return bool(self.call._turns._finals)

    @property
    def over(self) -> bool:
        assert self.running is not None
        return self.running.done()

    async def outcome(self) -> Outcome:
        assert self.running is not None
        async with asyncio.timeout(10):
            return await self.running

    async def rings_off(self) -> Outcome:
        self._gone.set()
        return await self.outcome()

    @property
    def details(self) -> list[str]:
        events = self.calls.events
        return [it.detail for it in events if it.kind is CallEventKind.ERROR_OCCURRED]


@asynccontextmanager
async def ringing(**voice: Any) -> AsyncIterator[Ringing]:
    """A call that was greeted; it is over at the end."""
    one = Ringing(**voice)
    await one.dial()
    try:
        if not voice:
            await one.listen()
        yield one
    finally:
        one.line.off.set()
        if not one.over:
            await one.rings_off()


# --- what was said ------------------------------------------------------------------------------


async def test_what_was_being_kept_as_the_line_went_is_kept_once() -> None:
    async with ringing() as call:
        call.gateway.holds = True
        await call.say(OUT)
        await call.until(lambda: call.gateway.asked == 1)
        assert await call.rings_off() == "completed"
        assert call.gateway.texts == [OUT]
        assert call.gateway.ended == 1


async def test_what_was_answered_is_not_kept_again() -> None:
    async with ringing() as call:
        await call.say(OUT)
        await call.until(lambda: call.gateway.asked == 1)
        before = dict(call.gateway.kept)
        taken: list[str] = []
        take = call.gateway.take

        async def noted(inbound: Inbound) -> bool:
            taken.append(inbound.text)
            return await take(inbound)

        call.gateway.take = noted  # type: ignore[method-assign]
        await call.quiet(0.1)
        await call.rings_off()
        assert taken == [""]  # the end
        assert list(before) == list(call.gateway.kept)[:1]


async def test_what_was_being_kept_as_the_call_went_elsewhere_is_kept() -> None:
    async with ringing() as call:
        call.gateway.holds = True
        await call.say(OUT)
        await call.until(lambda: call.gateway.asked == 1)
        await call.say("and my street is dark")
        await call.until(lambda: not call.call._turns.waiting)
        assert call.running is not None
        call.running.cancel()
        await asyncio.gather(call.running, return_exceptions=True)
        assert call.gateway.texts == [OUT, "and my street is dark"]
        assert call.gateway.ended == 0


async def test_what_is_said_while_we_ring_off_is_kept() -> None:
    async with ringing() as call:
        call.gateway.parts = [Text(text="Goodbye."), HangUp()]
        call.line.slow = True
        await call.say("that was all thank you")
        await call.until(lambda: call.line.hanging_up)
        await call.say("my street is dark too")
        await call.until(lambda: call.sure)
        call.line.off.set()
        assert await call.outcome() == "completed"
        assert call.gateway.texts == ["that was all thank you", "my street is dark too"]


async def test_what_was_said_before_the_ear_failed_is_kept() -> None:
    async with ringing() as call:
        await call.say(OUT)
        await call.until(lambda: call.sure)
        for n in range(3):
            call.engines.ears[n].fail(SpeechUnavailable("gone"))
            await call.quiet(0.04)
        await call.until(lambda: call.over)
        assert await call.outcome() == "failed"
        assert call.gateway.texts == [OUT]


async def test_a_yes_to_the_call_back_is_one_though_they_ring_off() -> None:
    async with ringing() as call:
        await call.until(lambda: "call you back" in call.heard)
        await call.listen()
        await call.say("yes please")
        await call.until(lambda: call.sure)
        await call.rings_off()
        assert call.gateway.texts == [wording.CALL_ME_BACK]


async def test_an_unforeseen_error_of_a_turn_ends_no_call(
    caplog: pytest.LogCaptureFixture,
) -> None:
    async with ringing() as call:
        call.gateway.fails = [ZeroDivisionError()]
        await call.say(OUT)
        await call.until(lambda: "Could you say it once more?" in call.heard)
        await call.listen()
        assert "a turn failed" in [it.getMessage() for it in caplog.records]
        await call.say("my power is still out")
        await call.until(lambda: ANSWER.text in call.heard)
        assert await call.rings_off() == "completed"
        assert call.gateway.texts == [OUT, "my power is still out"]


async def test_an_unforeseen_error_at_the_end_leaves_the_outcome(
    caplog: pytest.LogCaptureFixture,
) -> None:
    async with ringing() as call:
        await call.say(OUT)
        await call.until(lambda: ANSWER.text in call.heard)

        async def fails(inbound: Inbound) -> bool:
            raise ZeroDivisionError

        call.gateway.take = fails  # type: ignore[method-assign]
        assert await call.rings_off() == "completed"
        assert "the end of a call was not kept" in [it.getMessage() for it in caplog.records]


# --- why we leave -------------------------------------------------------------------------------


async def no_ear(call: Ringing) -> None:
    for n in range(3):
        call.engines.ears[n].fail(SpeechUnavailable("gone"))
        await call.quiet(0.04)


async def no_mouth(call: Ringing) -> None:
    """There is none from the next word on."""
    call.engines.refuses = 5
    call.engines.mouths[0].fails = [SpeechUnavailable("gone")]
    await call.say(OUT)


async def test_a_caller_we_can_not_hear_is_told_by_our_own_voice() -> None:
    async with ringing() as call:
        await no_ear(call)
        await call.until(lambda: call.over)
        assert await call.outcome() == "failed"
        assert "I can't hear you any more" in call.heard
        assert call.line.told == []
        assert call.line.ended
        assert call.details[-1] == "no ear: no engine hears or speaks; the caller was told"


async def test_a_caller_we_can_neither_hear_nor_speak_to_is_told_by_the_line() -> None:
    async with ringing() as call:
        for mouth in call.engines.mouths:
            mouth.fails = [SpeechUnavailable("gone")] * 9
        call.engines.refuses = 5
        call.engines.ears[0].fail(SpeechUnavailable("gone"))
        await call.until(lambda: call.over)
        assert await call.outcome() == "failed"
        [(text, language)] = call.line.told
        assert "can't go on with this call" in text
        assert language == "en"


@pytest.mark.parametrize("tells", [True, False], ids=["it speaks", "it can't"])
async def test_a_caller_we_can_not_speak_to_is_told_by_the_line(tells: bool) -> None:
    async with ringing() as call:
        call.line.tells = tells
        await no_mouth(call)
        await call.until(lambda: call.over)
        assert await call.outcome() == "failed"
        assert len(call.line.told) == tells
        assert call.line.ended
        told = "the caller was told" if tells else "the caller could not be told"
        assert call.details[-1].endswith(told)
        assert call.gateway.texts == [OUT]


# --- a key for an answer ------------------------------------------------------------------------


async def test_a_key_says_yes_to_a_recording_at_once() -> None:
    async with ringing(recording="ask", digits_s=60.0) as call:
        await call.until(lambda: "record this call" in call.heard)
        call.call.press("1")
        await call.until(lambda: call.line.recordings == 1, within_s=2.0)
        await call.listen()
        assert not call.gateway.texts
        call.call.press("4")
        await call.quiet(2.0)
        assert not call.gateway.texts  # more keys may follow: it is no answer any more
