"""What we say, made ahead by the mouth and sent to the line at its pace."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Callable
from contextlib import aclosing

from contracts.speech import FRAME_S, TextToSpeech
from voice.line import Line
from voice.metronome import BEHIND_S, Beats
from voice.talking.piece import Piece
from voice.talking.saying import Saying

LEAD_S = 0.1  # of what was sent before what is heard: a busy loop leaves no gap
_AGAIN_AT = LEAD_S - 2 * FRAME_S  # two frames a time: half the waking up
AHEAD_S = 4.0  # of audio that is made before it is due
ECHO_FRAMES = 64  # of what was sent last, kept to know our own voice by

Began = Callable[[Saying, Piece], None]


class Speaker:
    """Speaks sayings one after the other. `make` and `send` run beside each other as long as the
    call; `beat` is told the time; all else returns at once.

    What is held back goes on from the very place where the caller stopped hearing it. A line plays
    a frame with each beat: counted so, what was heard is exact, however late a beat comes.
    """

    def __init__(self, mouth: TextToSpeech, line: Line, began: Began, beats: Beats) -> None:
        """`began` is told of each piece of which the first frame goes out."""
        self._mouth = mouth
        self._line = line
        self._began = began
        self._beats = beats
        self._sayings: deque[Saying] = deque()
        self._unmade: deque[Piece] = deque()
        self._making: asyncio.Task[None] | None = None
        self._wanted = asyncio.Event()  # something is to be made
        self._wake = asyncio.Event()  # something is to be sent
        self._silencing = False
        self._held = False
        self._now = 0.0
        self._heard_at = 0.0  # when all that was sent will have been heard
        self._flight: deque[tuple[Saying, Piece]] = deque()  # sent, and not heard yet
        self._beaten = beats.count  # beats that we know of
        self.sent: deque[bytes] = deque(maxlen=ECHO_FRAMES)
        self.gaps = 0  # times that audio came too late, in the middle of a piece

    # --- what to say ----------------------------------------------------------------------------

    def say(self, text: str, language: str, *, key: str = "") -> Saying:
        """Words that are known to their end."""
        saying = self.begin(key)
        self.add(saying, Piece(text, language))
        self.close(saying)
        return saying

    def begin(self, key: str = "") -> Saying:
        """Something that is said as it comes, by `add`, until `close`."""
        saying = Saying(key)
        self._sayings.append(saying)
        return saying

    def add(self, saying: Saying, piece: Piece) -> None:
        if saying.stopped:
            return
        saying.add(piece)
        if not piece.complete:
            self._unmade.append(piece)
            self._wanted.set()

    @staticmethod
    def close(saying: Saying) -> None:
        saying.closed = True

    # --- holding back and stopping ------------------------------------------------------------

    @property
    def saying(self) -> Saying | None:
        """What is being said, or will be as soon as it is made."""
        return self._sayings[0] if self._sayings else None

    @property
    def talking(self) -> bool:
        """Whether the caller is hearing something of ours, or would be if it were not held back."""
        saying = self.saying
        if saying is None or saying.began is None:
            return False
        return self._heard_at > self._now or saying.current is not None

    @property
    def quiet(self) -> bool:
        """Whether nothing of ours is heard now, or waits to be."""
        return self._heard_at <= self._now and all(s.current is None for s in self._sayings)

    @property
    def held(self) -> bool:
        return self._held

    def hold(self) -> None:
        """Nothing more is heard, at once; `resume` goes on where this stopped it."""
        if not self._held:
            self._held = True
            self._take_back()

    def resume(self) -> None:
        if self._held:
            self._held = False
            self._wake.set()

    def stop(self) -> Saying | None:
        """Nothing more of what is being said is heard; what was."""
        self._take_back()
        self._held = False
        saying = self.saying
        if saying is None:
            return None
        self._sayings.popleft()
        self._drop(saying)
        return saying

    def _drop(self, saying: Saying) -> None:
        saying.stopped = saying.closed = True
        gone = set(map(id, saying.pieces))
        self._unmade = deque(piece for piece in self._unmade if id(piece) not in gone)
        if self._making is not None:
            self._making.cancel()
        saying.over.set()

    def _take_back(self) -> None:
        """What was sent and is not heard yet was not sent."""
        self._hears()  # the line may have been told of a beat before us
        while self._flight:
            saying, piece = self._flight.pop()
            piece.give_back()
            saying.back_to(piece)
            self._silencing = True
        self._heard_at = min(self._heard_at, self._now)
        self._wake.set()

    def _hears(self) -> None:
        """A frame was heard with each beat that we did not know of."""
        count = self._beats.count
        for _ in range(min(count - self._beaten, len(self._flight))):
            self._flight.popleft()
        self._beaten = count

    # --- at its pace --------------------------------------------------------------------------

    def beat(self, now: float) -> None:
        """20 ms have passed, or so."""
        self._hears()
        if now - self._now > BEHIND_S:  # beats were left out: all that was sent has been heard
            self._flight.clear()
        self._now = now
        if self._held or not self._sayings:
            return
        if self._heard_at - now <= _AGAIN_AT:
            self._wake.set()
        while self._sayings and self._sayings[0].done and self._sayings[0].ends <= now:
            self._sayings.popleft().over.set()
        if self._unmade and not self._enough():
            self._wanted.set()

    async def send(self) -> None:
        """Send what is due, as long as the call."""
        while True:
            await self._wake.wait()
            self._wake.clear()
            if self._silencing:
                self._silencing = False
                await self._line.stop()
            while (frame := self._due()) is not None:
                await self._line.send(frame)

    def _due(self) -> bytes | None:
        if self._held or self._heard_at - self._now > LEAD_S - FRAME_S + 1e-6:
            return None
        for saying in self._sayings:
            piece = saying.current
            if piece is not None:
                return self._next(saying, piece)
            if not saying.closed:
                return None
        return None

    def _next(self, saying: Saying, piece: Piece) -> bytes | None:
        frame = piece.take()
        if frame is None:
            return None
        if not piece.begun:
            self._begins(saying, piece)
        elif self._heard_at < self._now:
            self.gaps += 1
        self._heard_at = saying.ends = max(self._heard_at, self._now) + FRAME_S
        self._flight.append((saying, piece))
        self.sent.append(frame)
        return frame

    def _begins(self, saying: Saying, piece: Piece) -> None:
        piece.begun = True
        if saying.began is None:
            saying.began = self._now
        self._began(saying, piece)

    # --- made ahead ---------------------------------------------------------------------------

    async def make(self) -> None:
        """Have made what is to be said, a little ahead. Raises SpeechUnavailable."""
        while True:
            while not self._unmade or self._enough():
                self._wanted.clear()
                await self._wanted.wait()
            self._making = asyncio.create_task(self._make(self._unmade.popleft()))
            try:
                await asyncio.wait({self._making})
                if not self._making.cancelled():
                    self._making.result()
            finally:
                self._making.cancel()
                await asyncio.gather(self._making, return_exceptions=True)
                self._making = None

    def _enough(self) -> bool:
        return sum(saying.rest_s for saying in self._sayings) >= AHEAD_S

    async def _make(self, piece: Piece) -> None:
        speech = self._mouth.speak(piece.aloud.text, language=piece.language)
        async with aclosing(speech):  # type: ignore[type-var]
            async for audio in speech:
                piece.add(audio)
                self._wake.set()
        piece.finish()
        self._wake.set()
