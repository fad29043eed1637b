"""Where a stretch of speech begins, and where it is cut."""

from __future__ import annotations

import numpy as np
import pytest

from contracts.speech import FRAME_SAMPLES, SILENCE
from voice.audio import to_pcm
from voice.engines.local.stretch import LONGEST_S, Stretch

pytestmark = pytest.mark.unit

SPEECH, NOTHING = 0.9, 0.1


def loud(volume: float = 0.5) -> bytes:
    return to_pcm(np.full(FRAME_SAMPLES, volume, np.float32))


def add(stretch: Stretch, seconds: float, likely: float, frame: bytes = SILENCE) -> None:
    for _ in range(round(seconds / 0.02)):
        stretch.add(frame, likely)


def test_of_silence_only_the_last_moments_are_kept() -> None:
    stretch = Stretch()
    add(stretch, 60, NOTHING)
    assert stretch.length_s <= 0.4
    assert not stretch.speaking
    assert stretch.quiet_s == 0


def test_a_piece_is_what_was_said_and_a_little_around_it() -> None:
    stretch = Stretch()
    add(stretch, 5, NOTHING)
    add(stretch, 1, SPEECH, loud())
    add(stretch, 1, NOTHING)
    assert stretch.speaking
    assert stretch.spoken_s == pytest.approx(1)
    assert stretch.quiet_s == pytest.approx(1)
    piece = stretch.end()
    assert (piece.began_s, piece.ended_s) == pytest.approx((4.6, 6.3))
    assert piece.spoken_s == pytest.approx(1)
    assert len(piece.samples) == pytest.approx(1.7 * 16_000)
    assert not stretch.speaking


def test_a_click_is_forgotten() -> None:
    stretch = Stretch()
    add(stretch, 0.04, SPEECH, loud())
    add(stretch, 1, NOTHING)
    assert not stretch.speaking
    assert len(stretch.end().samples) == 0


def test_the_next_piece_begins_behind_the_last() -> None:
    stretch = Stretch()
    add(stretch, 1, SPEECH, loud())
    first = stretch.end()
    add(stretch, 1, SPEECH, loud())
    second = stretch.end()
    assert first.ended_s == pytest.approx(second.began_s)


def test_what_is_too_long_is_cut_where_it_is_quietest() -> None:
    stretch = Stretch()
    add(stretch, LONGEST_S - 6, SPEECH, loud())
    add(stretch, 0.4, SPEECH, loud(0.01))  # a breath at 22.0 to 22.4 s
    add(stretch, 5.6, SPEECH, loud())
    piece = stretch.cut()
    assert piece.began_s == 0
    assert 22.0 < piece.ended_s < 22.4
    assert stretch.speaking
    rest = stretch.end()
    assert rest.began_s == pytest.approx(piece.ended_s)
    assert rest.ended_s == pytest.approx(LONGEST_S)
