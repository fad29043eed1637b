"""One thing that we say: a reply, a greeting, a question whether somebody is there."""

from __future__ import annotations

import asyncio

from contracts.speech import FRAME_S
from voice.talking.piece import Piece


class Saying:
    """Pieces in their order, spoken as they come. `key`: of the message that it answers, empty
    where the thread knows nothing of it. `over` is set once it was heard, or stopped."""

    def __init__(self, key: str = "") -> None:
        self.key = key
        self.pieces: list[Piece] = []
        self.closed = False  # nothing more is added
        self.stopped = False
        self.over = asyncio.Event()
        self.began: float | None = None  # when its first frame went out
        self.ends = 0.0  # when what has gone out of it will have been heard
        self._at = 0

    def add(self, piece: Piece) -> None:
        self.pieces.append(piece)

    @property
    def current(self) -> Piece | None:
        """The piece that the next frame is of; None as long as there is none."""
        while self._at < len(self.pieces) and self.pieces[self._at].all_taken:
            self._at += 1
        return self.pieces[self._at] if self._at < len(self.pieces) else None

    def back_to(self, piece: Piece) -> None:
        """Frames of that piece were given back."""
        self._at = min(self._at, self.pieces.index(piece))

    @property
    def done(self) -> bool:
        """All of it has gone out."""
        return self.closed and self.current is None

    def heard(self) -> str:
        """What the caller has heard of it, in its own wording."""
        heard = []
        for piece in self.pieces:
            heard.append(piece.heard())
            if not piece.all_taken:
                break
        return "".join(heard).rstrip()

    @property
    def text(self) -> str:
        """All of it so far, heard or not."""
        return "".join(piece.text for piece in self.pieces if piece.said)

    @property
    def rest_s(self) -> float:
        """Seconds of audio that are made and have not gone out."""
        return sum(piece.frames - piece.taken for piece in self.pieces[self._at :]) * FRAME_S
