"""What we say: sentences made ahead, frames at their pace, and what of it was heard."""

from __future__ import annotations

import asyncio
import random
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest

from contracts.messages import Choice, Choices
from contracts.speech import FRAME_BYTES, FRAME_S, Audio, Mark
from tests.phoning import SETTLES, PlayedLine, Steps
from tests.scripted_speech import WORD_FRAMES, Mouth, Script, Understood
from voice.talking.piece import Piece
from voice.talking.reply import Reply
from voice.talking.saying import Saying
from voice.talking.speaker import AHEAD_S, Speaker

pytestmark = pytest.mark.unit

FIRST, SECOND = "One two three four.", " Five six seven eight."


class Stage:
    """A speaker with a scripted mouth, and a line that plays."""

    def __init__(self, beats: Steps | None = None) -> None:
        self.beats = beats or Steps()
        self.line = PlayedLine(self.beats)
        self.script = Script()
        self.mouth = Mouth(self.script)
        self.begun: list[str] = []
        self.speaker = Speaker(
            self.mouth, self.line, lambda saying, piece: self.begun.append(piece.text), self.beats
        )
        self.beats.join(self.speaker.beat)

    async def run(self, seconds: float) -> None:
        for _ in range(round(seconds / FRAME_S)):
            self.line.play()
            self.beats.step()
            for _ in range(SETTLES):
                await asyncio.sleep(0)

    @property
    def heard(self) -> str:
        return " ".join(Understood(self.script).of(self.line.played))

    @property
    def times(self) -> list[float]:
        return [at for at, _ in self.line.played]


class Late(Steps):
    """Beats that come up to two frames late, on a busy machine, but none is left out."""

    def __init__(self) -> None:
        super().__init__()
        self._due = self._now
        self._chance = random.Random(7)

    def step(self) -> None:
        self._due += FRAME_S
        late = self._due + self._chance.uniform(0, 2 * FRAME_S)
        self._now = max(self._now, late) - FRAME_S
        super().step()


class Hearing(Stage):
    """The line plays in the beat itself, before the speaker knows of it; `stops_at`: and then
    somebody speaks over it, once so many frames were played."""

    def __init__(self, beats: Steps, stops_at: int) -> None:
        super().__init__(beats)
        self.beats.leave(self.speaker.beat)
        self.beats.join(self._plays)
        self.beats.join(self.speaker.beat)
        self._stops_at = stops_at
        self.stopped: Saying | None = None

    def _plays(self, _: float) -> None:
        self.line.play()
        if self.stopped is None and len(self.line.played) == self._stops_at:
            self.speaker.hold()
            self.stopped = self.speaker.stop()

    async def run(self, seconds: float) -> None:
        for _ in range(round(seconds / FRAME_S)):
            self.beats.step()
            for _ in range(SETTLES):
                await asyncio.sleep(0)


@asynccontextmanager
async def opened(made: Stage | None = None) -> AsyncIterator[Stage]:
    stage = made or Stage()
    tasks = [asyncio.create_task(stage.speaker.make()), asyncio.create_task(stage.speaker.send())]
    try:
        yield stage
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


@pytest.fixture
async def stage() -> AsyncIterator[Stage]:
    async with opened() as one:
        yield one


# --- a piece --------------------------------------------------------------------------------------


def half_a_second(*marks: Mark) -> Audio:
    return Audio(bytes(25 * FRAME_BYTES), marks)


def taken(piece: Piece, frames: int) -> str:
    for _ in range(frames):
        assert piece.take() is not None
    return piece.heard()


def test_marks_tell_how_many_words_were_heard() -> None:
    piece = Piece("Pay the bill", "en")
    piece.add(half_a_second(Mark(3, 0.2), Mark(7, 0.4)))
    assert taken(piece, 9) == ""
    assert taken(piece, 1) == "Pay"
    assert taken(piece, 9) == "Pay"
    assert taken(piece, 1) == "Pay the"


def test_what_was_read_in_other_words_is_kept_as_it_is_written() -> None:
    piece = Piece("It is $864.20 now, or more.", "en")
    spoken = piece.aloud.text
    piece.add(half_a_second(Mark(spoken.index("cents") + len("cents"), 0.2)))
    assert taken(piece, 12).startswith("It is $864.20")


def test_without_marks_it_is_told_by_how_much_of_the_audio_was_heard() -> None:
    piece = Piece("one two three four", "en")
    piece.add(half_a_second())
    piece.finish()
    assert taken(piece, 13) == "one two"
    assert taken(piece, 12) == "one two three four"


def test_the_last_frame_is_filled_up() -> None:
    piece = Piece("one", "en")
    piece.add(Audio(b"\1" * (FRAME_BYTES + 10)))
    assert piece.frames == 1
    piece.finish()
    assert piece.frames == 2
    assert not piece.all_taken


def test_a_line_break_needs_no_mouth() -> None:
    piece = Piece("\n\n", "en")
    assert piece.all_taken
    assert piece.heard() == "\n\n"


# --- the speaker ----------------------------------------------------------------------------------


async def test_two_sentences_go_out_without_a_gap_and_never_far_ahead(stage: Stage) -> None:
    saying = stage.speaker.begin("k")
    for text in (FIRST, SECOND):
        stage.speaker.add(saying, Piece(text, "en"))
    stage.speaker.close(saying)
    await stage.run(2.0)
    assert saying.over.is_set()
    assert stage.heard == "One two three four. Five six seven eight."
    assert len(stage.times) == 80
    assert stage.times[-1] - stage.times[0] == pytest.approx(79 * FRAME_S)
    assert stage.line.most_waiting <= 5
    assert stage.speaker.gaps == 0
    assert stage.begun == [FIRST, SECOND]


@pytest.mark.parametrize("at_frame", range(3, 78, 5))
async def test_what_was_stopped_is_what_was_heard(stage: Stage, at_frame: int) -> None:
    saying = stage.speaker.begin("k")
    for text in (FIRST, SECOND):
        stage.speaker.add(saying, Piece(text, "en"))
    stage.speaker.close(saying)
    await stage.run(at_frame * FRAME_S)
    assert stage.speaker.stop() is saying
    await stage.run(1.0)
    assert saying.heard() == stage.heard
    assert (FIRST + SECOND).startswith(saying.heard())
    assert saying.over.is_set()
    assert saying.stopped
    assert len(stage.times) <= at_frame


IN_PIECES = "It is due Friday. I can pay it, as always!\n\nShall I?"


@pytest.mark.parametrize("beats", [Steps, Late])
async def test_the_words_kept_are_those_that_were_played_wherever_it_is_cut(
    beats: type[Steps],
) -> None:
    frames = len(IN_PIECES.split()) * WORD_FRAMES
    for cut in range(1, frames + 1):
        async with opened(Hearing(beats(), cut)) as stage:
            reply = Reply(stage.speaker, "k", "en")
            for word in IN_PIECES.split(" "):
                reply.delta(f"{word} ")
            reply.close()
            await stage.run((cut + 12) * FRAME_S)
            assert isinstance(stage, Hearing)
            assert stage.stopped is reply.saying
            assert len(stage.line.played) == cut
            kept = reply.saying.heard()
            assert kept.split() == IN_PIECES.split()[: cut // WORD_FRAMES]
            assert kept.split() == stage.heard.split()
            assert IN_PIECES.startswith(kept)


async def test_a_piece_that_was_sent_and_not_heard_begins_once() -> None:
    """Held back at the very end of the piece before."""
    stage = Stage()
    async with opened(stage):
        saying = stage.speaker.begin("k")
        for text in (FIRST, SECOND):
            stage.speaker.add(saying, Piece(text, "en"))
        stage.speaker.close(saying)
        while len(stage.line.played) < 4 * WORD_FRAMES:
            await stage.run(FRAME_S)
        stage.speaker.hold()
        await stage.run(0.5)
        assert saying.heard() == FIRST
        stage.speaker.resume()
        await stage.run(2.0)
        assert stage.begun == [FIRST, SECOND]
        assert stage.heard == FIRST + SECOND


async def test_what_is_held_back_goes_on_where_it_stopped(stage: Stage) -> None:
    saying = stage.speaker.say(FIRST, "en")
    await stage.run(0.3)
    stage.speaker.hold()
    await stage.run(1.0)
    held = len(stage.times)
    assert held <= 15
    assert not saying.over.is_set()
    stage.speaker.resume()
    await stage.run(1.0)
    assert saying.over.is_set()
    assert stage.heard == FIRST
    assert len(stage.times) in {40, 41}  # the frame in which it stopped may be heard twice
    assert stage.begun == [FIRST]


async def test_little_is_made_ahead(stage: Stage) -> None:
    saying = stage.speaker.begin("k")
    for n in range(20):
        stage.speaker.add(saying, Piece(f"Sentence {n} has six words here.", "en"))
    await stage.run(0.2)
    assert len(stage.mouth.spoken) <= AHEAD_S / 1.2 + 1
    await stage.run(24.5)
    assert len(stage.mouth.spoken) == 20
    assert stage.speaker.gaps == 0


async def test_sayings_come_one_after_the_other_and_each_tells_when_it_was_heard(
    stage: Stage,
) -> None:
    first, second = stage.speaker.say(FIRST, "en"), stage.speaker.say(SECOND.strip(), "en")
    await stage.run(0.9)
    assert first.over.is_set()
    assert not second.over.is_set()
    await stage.run(1.0)
    assert second.over.is_set()


async def test_what_comes_after_a_stop_is_not_said(stage: Stage) -> None:
    saying = stage.speaker.begin("k")
    stage.speaker.add(saying, Piece(FIRST, "en"))
    await stage.run(0.3)
    stage.speaker.stop()
    stage.speaker.add(saying, Piece(SECOND, "en"))
    await stage.run(1.0)
    assert len(stage.mouth.spoken) == 1


# --- a reply --------------------------------------------------------------------------------------


async def replied(stage: Stage, reply: Reply) -> str:
    reply.close()
    await stage.run(8.0)
    assert reply.saying.over.is_set()
    return reply.saying.heard()


async def test_a_text_that_the_deltas_said_is_not_said_again(stage: Stage) -> None:
    reply = Reply(stage.speaker, "k", "en")
    for delta in ("One two ", "three four. Five", " six seven eight."):
        reply.delta(delta)
    reply.text("One two three four. Five six seven eight.")
    assert await replied(stage, reply) == FIRST + SECOND
    assert stage.heard == FIRST + SECOND


async def test_several_texts_are_said_once_each_and_apart(stage: Stage) -> None:
    reply = Reply(stage.speaker, "k", "en")
    reply.delta("Let me look.")
    reply.pause()  # a tool
    reply.text("Let me look.")
    reply.text("Shall I pay it?")
    reply.text("Shall I pay it now?")
    assert await replied(stage, reply) == "Let me look.\n\nShall I pay it?\n\nShall I pay it now?"
    assert stage.heard == "Let me look. Shall I pay it? Shall I pay it now?"


async def test_a_stream_that_broke_off_is_said_to_its_end(stage: Stage) -> None:
    reply = Reply(stage.speaker, "k", "en")
    reply.delta("One two three fo")
    reply.text("One two three four.")
    assert await replied(stage, reply) == FIRST


async def test_a_word_between_counts_as_nothing_heard(stage: Stage) -> None:
    reply = Reply(stage.speaker, "k", "es")
    reply.filler()
    reply.text("Uno dos.")
    assert await replied(stage, reply) == "Uno dos."
    assert stage.heard == "Un momento, por favor. Uno dos."


@pytest.mark.parametrize(
    ("text", "told"), [("Monday or Tuesday?", False), ("Which day suits you?", True)]
)
async def test_choices_are_said_unless_the_text_has_them(
    stage: Stage, text: str, told: bool
) -> None:
    reply = Reply(stage.speaker, "k", "en")
    reply.text(text)
    options = tuple(Choice(id=day, label=day) for day in ("Monday", "Tuesday"))
    reply.choices(Choices(prompt=text, options=options))
    await replied(stage, reply)
    assert ("You can choose: Monday; Tuesday." in stage.heard) == told
