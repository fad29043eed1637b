"""Who has the floor: whether speech under our own voice breaks in on us, or is none of our business
(a nod, a cough, our own echo)."""

from __future__ import annotations

from collections.abc import Callable
from typing import Literal

from contracts.speech import Heard
from voice.listening.echo import Echo
from voice.listening.ending import is_backchannel, is_echo
from voice.talking.saying import Saying
from voice.talking.speaker import Speaker

SURE_S = 1.2  # of speech with words for us: nobody coughs that long
TOLD_WITHIN_S = 1.0  # after speech is over, in which its words come
NOISE_S = 3.0  # of speech without a word: it is none
COMPARED_EVERY = 5  # frames, while it may be our echo
FALSE_ALARMS = 2  # in one saying, after which it takes longer speech to make us stop
LONGER_S = 0.24
ANSWERED_BEFORE_S = 1.5  # the end of a question: a nod is its answer

Verdict = Literal["ours", "nod", "answer", "words"]


class Floor:
    """Told of what the caller does while we speak. We fall silent at the first sound that may be
    meant, nothing being lost; then either go on, or it was an interruption (`broken_in`)."""

    def __init__(self, speaker: Speaker, broken_in: Callable[[], None], language: str) -> None:
        self._speaker = speaker
        self._broken_in = broken_in
        self.language = language
        self._echo = Echo()
        self._since: float | None = None  # speech began under our voice
        self._ended: float | None = None  # and was over
        self._holding = False  # we fell silent for it
        self._nodded = False
        self._meant = False  # there are words for us, of which the ear is not sure yet
        self._frames = 0
        self._alarms = 0
        self._during: Saying | None = None
        self.under = False  # the speech that is on, or the last, began under our voice

    # --- what comes -----------------------------------------------------------------------------

    def frame(self, frame: bytes) -> None:
        self._echo.push(frame)

    def began(self, now: float) -> None:
        """Speech begins."""
        self.under = self._speaker.talking
        if not self.under:
            self._before_us(True)
            return
        if self._during is not self._speaker.saying:
            self._during, self._alarms = self._speaker.saying, 0
        self._since, self._ended, self._nodded = now, None, False
        self._frames, self._holding, self._meant = 0, False, False
        self._consider(now)

    def ended(self, now: float) -> Literal["telling", "nothing", ""]:
        """Speech is over: its words have to tell what it was, or it was nothing to us. Empty: it
        was not under our voice."""
        if self._since is None:
            return ""
        self._ended = now
        if self._nodded or not self._holding:
            self._go_on()
            return "nothing"
        return "telling"

    def heard(self, heard: Heard, now: float) -> bool:
        """Words. Whether they are for us to answer."""
        if not self.under or not heard.text.strip():
            return True
        verdict = self._verdict(heard.text)
        if not self._speaker.talking:
            return verdict != "ours"
        if verdict == "words":
            self._means(now, heard.final)
            return True
        self._nodded = True
        if verdict == "ours" or self._ended is not None or heard.final:
            self._go_on()
        return verdict == "answer"

    def beat(self, now: float, *, speaking: bool, waiting: bool) -> None:
        """20 ms have passed. `speaking`, `waiting`: the caller is saying something, or has begun
        something that we don't know yet."""
        if self._since is None:
            self._before_us(speaking or waiting)
        elif not self._speaker.talking:
            self._clear()
        elif self._meant:
            self._is_meant(now, speaking=speaking, waiting=waiting)
        elif self._ended is None:
            self._goes_on(now)
        elif now - self._ended >= TOLD_WITHIN_S:
            self._alarms += 1
            self._go_on()

    def taken(self) -> None:
        """What was said is a turn of the caller's."""
        if self._meant and self._speaker.talking:
            self._break_in()

    # --- what it is -----------------------------------------------------------------------------

    def _means(self, now: float, final: bool) -> None:
        """Words for us: we are silent from here on, and have stopped once they are sure."""
        if final:
            self._break_in()
            return
        if self._since is None:
            self._since, self._ended = now, None
        self._meant = self._holding = True
        self._speaker.hold()

    def _is_meant(self, now: float, *, speaking: bool, waiting: bool) -> None:
        assert self._since is not None  # noqa: S101
        if not waiting:
            self._go_on()  # the ear found that nothing was said after all
        elif speaking and now - self._since >= SURE_S:
            self._break_in()

    def _goes_on(self, now: float) -> None:
        assert self._since is not None  # noqa: S101
        self._frames += 1
        if not self._holding:
            if self._frames % COMPARED_EVERY == 0:
                self._consider(now)
        elif now - self._since >= NOISE_S:
            self._alarms += 1
            self._go_on()

    def _before_us(self, theirs: bool) -> None:
        """Who has begun to speak before we have is let finish."""
        saying = self._speaker.saying
        if not theirs:
            self._speaker.resume()
        elif saying is not None and saying.began is None:
            self._speaker.hold()

    def _consider(self, now: float) -> None:
        """Fall silent, unless it is our own voice or was nothing too often."""
        assert self._since is not None  # noqa: S101
        if self._alarms >= FALSE_ALARMS and now - self._since < LONGER_S:
            return
        if not self._echo.heard(self._speaker.sent):
            self._holding = True
            self._speaker.hold()

    def _verdict(self, text: str) -> Verdict:
        saying = self._speaker.saying or self._during
        ours = saying.text if saying is not None else ""
        if is_echo(text, ours, self.language):
            return "ours"
        heard = saying.heard() if saying is not None else ""
        if not is_backchannel(text, self.language, asked=heard):
            return "words"
        return "answer" if saying is not None and _asks_soon(saying) else "nod"

    # --- what comes of it -----------------------------------------------------------------------

    def _break_in(self) -> None:
        self._clear()
        self._broken_in()

    def _go_on(self) -> None:
        self._clear()
        self._speaker.resume()

    def _clear(self) -> None:
        self._since = self._ended = None
        self._holding = self._nodded = self._meant = False


def _asks_soon(saying: Saying) -> bool:
    """Whether we are at the end of a question."""
    asks = saying.closed and saying.text.rstrip().endswith("?")
    return asks and saying.rest_s <= ANSWERED_BEFORE_S
