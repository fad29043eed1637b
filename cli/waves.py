"""WAV files in and out: any rate, width and number of channels in; 16 kHz, mono, 16 bits out."""

from __future__ import annotations

import wave
from pathlib import Path

import numpy as np

from contracts.errors import BadInput
from contracts.speech import RATE
from voice.audio import Samples, resampled, to_pcm

LONGEST_S = 300


def read_wav(path: Path) -> bytes:
    """The file's sound at 16 kHz, mono, in 16 bits. Raises BadInput, saying what to do."""
    try:
        with wave.open(str(path), "rb") as file:
            rate, channels, width = file.getframerate(), file.getnchannels(), file.getsampwidth()
            if file.getnframes() > rate * LONGEST_S:
                raise BadInput(f"{path} is too long: {LONGEST_S} seconds at most are played")
            data = file.readframes(file.getnframes())
    except FileNotFoundError:
        raise BadInput(f"there is no file {path}") from None
    except (wave.Error, EOFError):
        raise BadInput(f"{path} is no WAV file of PCM: save it as WAV, 16 bits") from None
    except OSError as error:
        raise BadInput(f"{path} can't be read: {error.strerror}") from None
    samples = _samples(data, width)
    whole = len(samples) // channels * channels
    if not whole or not rate:
        raise BadInput(f"{path} has no sound in it")
    mono = samples[:whole].reshape(-1, channels).mean(axis=1)
    pcm = to_pcm(mono)
    return pcm if rate == RATE else resampled(pcm, rate, RATE)


def check_writable(path: Path) -> None:
    """Raises BadInput where nothing can be written to; what is there stays."""
    try:
        path.open("ab").close()
    except OSError as error:
        raise BadInput(f"{path} can't be written: {error.strerror}") from None


def write_wav(path: Path, pcm: bytes) -> None:
    """Write 16 kHz, mono, 16 bits. Raises BadInput where it can't be written."""
    try:
        with path.open("wb") as raw, wave.open(raw, "wb") as file:
            file.setnchannels(1)
            file.setsampwidth(2)
            file.setframerate(RATE)
            file.writeframes(pcm)
    except OSError as error:
        raise BadInput(f"{path} can't be written: {error.strerror}") from None


def _samples(data: bytes, width: int) -> Samples:
    """PCM of 8, 16, 24 or 32 bits, from -1 to 1."""
    data = data[: len(data) // width * width]
    if width == 1:  # the only one without a sign
        return ((np.frombuffer(data, np.uint8).astype(np.float32) - 128) / 128).astype(np.float32)
    if width == 3:
        padded = np.zeros((len(data) // 3, 4), np.uint8)
        padded[:, 1:] = np.frombuffer(data, np.uint8).reshape(-1, 3)
        data, width = padded.tobytes(), 4
    full = float(2 ** (8 * width - 1))
    return (np.frombuffer(data, f"<i{width}").astype(np.float64) / full).astype(np.float32)
