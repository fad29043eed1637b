"""Who has the floor: words stop us, and what turns out to be none lets us go on."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest

from contracts.speech import Heard
from tests.unit.voice.test_talking import FIRST, Stage, opened
from voice.listening.floor import NOISE_S, SURE_S, TOLD_WITHIN_S, Floor

pytestmark = pytest.mark.unit


class Room:
    """A speaker who is in the middle of something, and somebody who makes a sound."""

    def __init__(self, stage: Stage) -> None:
        self.stage = stage
        self.broken = 0
        self.floor = Floor(stage.speaker, self._broken_in, "en")

    def _broken_in(self) -> None:
        self.broken += 1
        self.stage.speaker.stop()

    async def sound(self) -> None:
        self.stage.speaker.say(FIRST, "en")
        await self.stage.run(0.3)
        self.floor.began(self.stage.beats.now())

    def hears(self, text: str, *, final: bool = False) -> bool:
        return self.floor.heard(Heard(text, final), self.stage.beats.now())

    async def lasts(self, seconds: float, *, speaking: bool, waiting: bool) -> None:
        for _ in range(round(seconds / 0.02)):
            await self.stage.run(0.02)
            self.floor.beat(self.stage.beats.now(), speaking=speaking, waiting=waiting)


@pytest.fixture
async def room() -> AsyncIterator[Room]:
    async with opened() as stage:
        made = Room(stage)
        await made.sound()
        assert stage.speaker.held
        yield made


async def test_words_that_the_ear_takes_back_let_us_go_on(room: Room) -> None:
    assert room.hears("and then make")
    await room.lasts(0.2, speaking=True, waiting=True)
    assert room.stage.speaker.held
    await room.lasts(0.1, speaking=False, waiting=False)  # the final result was empty
    assert not room.stage.speaker.held
    await room.stage.run(2.0)
    assert room.stage.heard == FIRST
    assert not room.broken


@pytest.mark.parametrize("how", ["final", "taken", "long"])
async def test_words_that_stand_stop_us(room: Room, how: str) -> None:
    assert room.hears("wait please", final=how == "final")
    if how == "taken":
        room.floor.taken()
    if how == "long":
        await room.lasts(SURE_S + 0.1, speaking=True, waiting=True)
    assert room.broken == 1


async def test_a_sound_without_words_lets_us_go_on_after_a_while(room: Room) -> None:
    assert room.floor.ended(room.stage.beats.now()) == "telling"
    await room.lasts(TOLD_WITHIN_S - 0.1, speaking=False, waiting=True)
    assert room.stage.speaker.held
    await room.lasts(0.2, speaking=False, waiting=True)
    assert not room.stage.speaker.held


async def test_a_noise_that_goes_on_does_not_silence_us(room: Room) -> None:
    await room.lasts(NOISE_S + 0.1, speaking=True, waiting=True)
    assert not room.stage.speaker.held
    assert not room.broken


async def test_a_nod_lets_us_go_on_as_soon_as_it_is_over(room: Room) -> None:
    assert not room.hears("mm-hm")
    assert room.floor.ended(room.stage.beats.now()) == "nothing"
    assert not room.stage.speaker.held


async def test_our_own_words_let_us_go_on_at_once(room: Room) -> None:
    assert not room.hears("one two three")
    assert not room.stage.speaker.held
