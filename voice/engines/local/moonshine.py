"""English while it is still being said: Moonshine tiny. Five times as fast as Whisper, and a bit
less exact, so it writes what is shown and waited on meanwhile, and never what is final."""

from __future__ import annotations

import re
from typing import Any

import numpy as np
from numpy.typing import NDArray

from contracts.speech import RATE
from voice.audio import Samples
from voice.engines.local.carried import carried, session
from voice.engines.local.phantoms import is_phantom

_FOLDER = ("assets", "tiny-en")
_BEGIN, _END = 1, 2
_LAYERS, _HEADS, _WIDTH = 6, 8, 36
_TOKENS_A_SECOND = 6.5  # more than that is a loop
_SHORTEST_S = 0.3
_UNLIKELY = -0.65  # mean log probability of another language, or of no speech at all
_BYTE = re.compile(rb"<0x([0-9A-F]{2})>")

Kept = dict[str, NDArray[np.float32]]


class Moonshine:
    """One at a time: not for two threads at once."""

    def __init__(self) -> None:
        self._encoder = session(carried("moonshine_voice", *_FOLDER, "encoder_model.ort"))
        self._decoder = session(carried("moonshine_voice", *_FOLDER, "decoder_model_merged.ort"))
        self._pieces = _pieces(carried("moonshine_voice", *_FOLDER, "tokenizer.bin").read_bytes())
        self._names = [output.name for output in self._decoder.get_outputs()]

    def write(self, speech: Samples) -> str:
        """What is said, in 0.1 s for a sentence; empty where it does not sound like English."""
        if len(speech) < _SHORTEST_S * RATE:
            return ""
        mask = np.ones((1, len(speech)), np.int64)
        fed = {"input_values": speech[None, :], "attention_mask": mask}
        (states,) = self._encoder.run(None, fed)
        longest = 4 + int(len(speech) / RATE * _TOKENS_A_SECOND)
        tokens, likely = self._tokens(states, longest)
        text = self._text(tokens)
        return "" if likely < _UNLIKELY or is_phantom(text, 2 * likely) else text

    def _tokens(self, states: NDArray[np.float32], longest: int) -> tuple[list[int], float]:
        """And the mean log probability of each."""
        tokens: list[int] = []
        likely = []
        last, kept = _BEGIN, _nothing_kept(states.shape[1])
        while last != _END and len(tokens) < longest:
            logits, kept = self._step(last, states, kept, follows=bool(tokens))
            last = int(logits.argmax())
            likely.append(-np.log(np.exp(logits - logits[last]).sum()))
            tokens.append(last)
        return tokens, float(np.mean(likely))

    def _step(
        self, token: int, states: NDArray[np.float32], kept: Kept, *, follows: bool
    ) -> tuple[NDArray[np.float32], Kept]:
        fed: dict[str, Any] = {
            "input_ids": np.array([[token]], np.int64),
            "encoder_hidden_states": states,
            "encoder_attention_mask": np.ones(states.shape[:2], np.int64),
            "use_cache_branch": np.array([follows]),
            **kept,
        }
        logits, *present = self._decoder.run(None, fed)
        names = (name.replace("present", "past_key_values") for name in self._names[1:])
        fresh = dict(zip(names, present, strict=True))
        if follows:  # what comes of the encoder is given once only
            fresh |= {name: value for name, value in kept.items() if ".encoder." in name}
        return logits[0, -1], fresh

    def _text(self, tokens: list[int]) -> str:
        said = b"".join(self._pieces[token] for token in tokens if token not in (_BEGIN, _END))
        return said.decode("utf-8", "replace").replace("▁", " ").strip()


def _nothing_kept(length: int) -> Kept:
    return {
        f"past_key_values.{layer}.{part}.{kind}": np.zeros(
            (1, _HEADS, 0 if part == "decoder" else length, _WIDTH), np.float32
        )
        for layer in range(_LAYERS)
        for part in ("decoder", "encoder")
        for kind in ("key", "value")
    }


def _pieces(data: bytes) -> list[bytes]:
    """The vocabulary: each piece behind its length, in one byte or two; 0 is no piece."""
    pieces: list[bytes] = []
    at = 0
    while at < len(data):
        length = data[at]
        at += 1
        if length >= 128:
            length = data[at] * 128 + length - 128
            at += 1
        piece = data[at : at + length]
        spelled = _BYTE.fullmatch(piece)
        pieces.append(bytes([int(spelled[1], 16)]) if spelled else piece)
        at += length
    return pieces
