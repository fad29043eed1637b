"""Rates, frames and loudness."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import pytest

from contracts.speech import FRAME_BYTES
from voice.audio import SILENT_DB, Framer, Resampler, level, resampled, to_pcm, to_samples

pytestmark = pytest.mark.unit

RATES = [(24_000, 16_000), (16_000, 24_000), (48_000, 16_000), (8_000, 16_000), (22_050, 16_000)]


def tone(hertz: float, rate: int, seconds: float = 0.5) -> bytes:
    return to_pcm(0.5 * np.sin(2 * np.pi * hertz * np.arange(round(rate * seconds)) / rate))


@pytest.mark.parametrize(("rate", "to"), RATES)
def test_a_tone_is_the_same_tone_at_another_rate(rate: int, to: int) -> None:
    found = to_samples(resampled(tone(1_000, rate), rate, to))
    assert len(found) == to // 2
    edge = to // 50  # where the tone begins and ends at once
    wanted = to_samples(tone(1_000, to))
    assert np.abs(found - wanted)[edge:-edge].max() < 0.001


@pytest.mark.parametrize(("rate", "to"), RATES)
def test_it_does_not_matter_how_a_stream_is_cut(rate: int, to: int) -> None:
    random = np.random.default_rng(7)
    pcm = to_pcm(random.uniform(-0.5, 0.5, 9_000))
    cuts = np.cumsum(random.integers(1, 900, 40)).clip(max=len(pcm))  # odd ones too
    resampler = Resampler(rate, to)
    pieces = [resampler.push(pcm[a:b]) for a, b in pairwise([0, *cuts, len(pcm)])]
    assert b"".join(pieces) + resampler.rest() == resampled(pcm, rate, to)


def test_what_the_lower_rate_can_not_hold_is_gone() -> None:
    assert level(to_samples(resampled(tone(10_000, 24_000), 24_000, 16_000))) < -50


def test_frames_are_20_ms_and_the_last_is_filled_up() -> None:
    framer = Framer()
    pcm = bytes(range(256)) * 7
    frames = framer.push(pcm[:1000]) + framer.push(pcm[1000:]) + framer.rest()
    assert {len(frame) for frame in frames} == {FRAME_BYTES}
    assert b"".join(frames) == pcm.ljust(3 * FRAME_BYTES, b"\0")
    assert framer.rest() == []


def test_levels() -> None:
    assert level(to_samples(bytes(640))) == SILENT_DB
    assert level(to_samples(b"")) == SILENT_DB
    assert level(np.ones(10, np.float32)) == pytest.approx(0)
    assert level(to_samples(tone(500, 16_000))) == pytest.approx(-9.03, abs=0.05)


def test_what_is_too_loud_is_clipped() -> None:
    assert to_samples(to_pcm(np.array([2.0, -2.0]))).tolist() == pytest.approx([1, -1], abs=0.001)
