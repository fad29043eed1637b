"""A sentence on its way to the caller's ear, and how much of it has got there."""

from __future__ import annotations

from bisect import bisect_right

from contracts.speech import FRAME_BYTES, FRAME_S, Audio
from voice.spoken import aloud

GUESSED_PACE = 14.0  # characters a second, where an engine gives no marks


class Piece:
    """`said`: it is part of the reply; else it is a word between ("one moment, please"), and counts
    as nothing that was heard of it."""

    def __init__(self, text: str, language: str, *, said: bool = True) -> None:
        self.text = text
        self.language = language
        self.aloud = aloud(text, language)
        self.complete = not self.aloud.text.strip()  # nothing to speak: line breaks, a symbol
        self.taken = 0  # frames given out
        self.begun = False  # its first frame has been given out, once
        self.said = said
        self._pcm = bytearray()
        self._times: list[float] = []  # of the marks
        self._reached: list[int] = []  # the characters by then

    def add(self, audio: Audio) -> int:
        """More of its audio; how many whole frames there are of it."""
        self._pcm += audio.pcm
        for mark in audio.marks:
            self._times.append(mark.at_s)
            self._reached.append(mark.characters)
        return len(self._pcm) // FRAME_BYTES

    def finish(self) -> None:
        """There is no more audio; the last frame is filled up."""
        self._pcm.extend(bytes(-len(self._pcm) % FRAME_BYTES))
        self.complete = True

    @property
    def frames(self) -> int:
        return len(self._pcm) // FRAME_BYTES

    @property
    def all_taken(self) -> bool:
        return self.complete and self.taken >= self.frames

    def take(self) -> bytes | None:
        """The next 20 ms; None as long as there are none."""
        begin = self.taken * FRAME_BYTES
        if begin + FRAME_BYTES > len(self._pcm):
            return None
        self.taken += 1
        return bytes(self._pcm[begin : begin + FRAME_BYTES])

    def give_back(self) -> None:
        """The frame taken last was not heard."""
        self.taken -= 1

    def heard(self) -> str:
        """What of the text was heard once all that was taken was: whole words, as they were
        written."""
        if not self.said:
            return ""
        if self.all_taken:
            return self.text
        return self.text[: self.aloud.original(self._spoken())]

    def _spoken(self) -> int:
        """How many characters of what is read aloud were spoken in the frames taken."""
        at_s = self.taken * FRAME_S
        if self._times:
            passed = bisect_right(self._times, at_s + 1e-6)
            return self._reached[passed - 1] if passed else 0
        if self.complete:
            return len(self.aloud.text) * self.taken // max(1, self.frames)
        return min(len(self.aloud.text), int(at_s * GUESSED_PACE))
