"""A call's ear: the session's transcription of the caller."""

from __future__ import annotations

import asyncio
import base64
import logging
from collections import deque
from collections.abc import AsyncIterator, Callable, Sequence
from typing import Any

from contracts.errors import SpeechUnavailable
from contracts.speech import FRAME_S, Heard, VoiceActivity
from contracts.speech import RATE as OURS
from voice.audio import Resampler
from voice.engines.likely import likeliest
from voice.engines.realtime.dialect import MOST_PHRASES, RATE, Dialect, Event
from voice.engines.results import Results

log = logging.getLogger(__name__)

CHUNK = RATE // 10 * 2  # bytes of audio in an event: 100 ms
LEAST = CHUNK  # that may be committed
BEFORE = int(0.4 / FRAME_S)  # frames that are sent from before the first sure sound
SURE = 3  # frames of speech in a row
SPEECH = 0.5  # how likely it has to be
SILENCE_ENDS_S = 1.6
LONGEST_S = 28.0
ANSWER_S = 8.0  # to what was committed, after which the session is taken to be dead
MOST_FAILED = 2  # transcriptions in a row


class Ear:
    """contracts.speech.Recognition. The service gets speech alone, with a little of what was
    before it; a pause commits it, and is answered by a final result."""

    def __init__(
        self,
        dialect: Dialect,
        activity: VoiceActivity,
        *,
        languages: Sequence[str],
        phrases: Sequence[str],
        send: Callable[[Event], None],
        fail: Callable[[SpeechUnavailable], None],
    ) -> None:
        self._dialect = dialect
        self._activity = activity
        self._languages = tuple(languages)
        self._language = languages[0] if len(languages) == 1 else ""
        self._phrases = list(dict.fromkeys(phrases))[:MOST_PHRASES]
        self._send = send
        self._fail = fail
        self._resampler = Resampler(OURS, RATE)
        self._before: deque[bytes] = deque(maxlen=BEFORE)
        self._fed = 0  # frames
        self._sounding = 0  # frames of speech in a row
        self._voiced = 0  # frames fed when there was speech last
        self._began: int | None = None  # frames fed when what is being sent began
        self._unsent = b""
        self._sent = 0  # bytes since the last commit
        self._commits: deque[tuple[float, float]] = deque()  # not confirmed: from when to when
        self._items: dict[str, tuple[float, float]] = {}  # confirmed and not written down yet
        self._partial: dict[str, str] = {}  # by item, as far as it is written down
        self._failed = 0
        self._watch: asyncio.TimerHandle | None = None
        self._results = Results()

    # --- the port -------------------------------------------------------------------------------

    def feed(self, frame: bytes) -> None:
        self._fed += 1
        speech = self._activity.speech(frame) >= SPEECH
        self._sounding = self._sounding + 1 if speech else 0
        if self._began is None:
            self._before.append(frame)
            if self._sounding >= SURE:
                self._begin()
            return
        self._push(frame)
        if speech:
            self._voiced = self._fed
        quiet = (self._fed - self._voiced) * FRAME_S >= SILENCE_ENDS_S
        if quiet or (self._fed - self._began) * FRAME_S >= LONGEST_S:
            self.pause()

    def pause(self) -> None:
        if self._began is None:
            if not self._commits and not self._items:
                self._results.put(Heard("", final=True, language=self._language))
            return
        self._unsent += bytes(max(0, LEAST - self._sent - len(self._unsent)))
        self._flush()
        self._send({"type": "input_audio_buffer.commit"})
        self._commits.append((self._began * FRAME_S, self._voiced * FRAME_S))
        self._began, self._sent, self._sounding = None, 0, 0
        self._expect_an_answer()

    def expect(self, phrases: Sequence[str]) -> None:
        likely = likeliest(phrases, self._phrases, MOST_PHRASES)
        if not set(likely) <= set(self._phrases):
            self._phrases = likely
            self._send(self._dialect.hearing(self._languages, self._phrases))

    def __aiter__(self) -> AsyncIterator[Heard]:
        return self._results.read()

    # --- what goes out --------------------------------------------------------------------------

    def _begin(self) -> None:
        self._began = self._fed - len(self._before)
        self._voiced = self._fed
        while self._before:
            self._push(self._before.popleft())

    def _push(self, frame: bytes) -> None:
        self._unsent += self._resampler.push(frame)
        if len(self._unsent) >= CHUNK:
            self._flush()

    def _flush(self) -> None:
        if self._unsent:
            audio = base64.b64encode(self._unsent).decode()
            self._send({"type": "input_audio_buffer.append", "audio": audio})
            self._sent += len(self._unsent)
            self._unsent = b""

    # --- what comes -----------------------------------------------------------------------------

    def committed(self, item: str) -> None:
        """The audio committed first has that name from here on."""
        if self._commits:
            self._items[item] = self._commits.popleft()

    def nothing(self) -> None:
        """What was committed first held nothing."""
        if self._commits:
            began_s, ended_s = self._commits.popleft()
            self._final("", began_s, ended_s)

    def take(self, kind: str, event: dict[str, Any]) -> None:
        item = str(event["item_id"])
        if kind == "delta":
            self._heard(item, str(event.get("delta") or ""))
        elif kind == "completed":
            self._failed = 0
            self._partial.pop(item, None)
            self._final(str(event["transcript"]).strip(), *self._span(item))
        elif kind == "failed":
            self._not_written(item)

    def _heard(self, item: str, delta: str) -> None:
        text = self._partial[item] = self._partial.get(item, "") + delta
        began = self._fed if self._began is None else self._began
        here = began * FRAME_S, self._fed * FRAME_S
        began_s, ended_s = self._items.get(item, here)
        if text.strip():
            self._results.put(
                Heard(text.strip(), False, self._language, began_s=began_s, ended_s=ended_s)
            )

    def _not_written(self, item: str) -> None:
        """What of it was understood has to do."""
        self._failed += 1
        about = {"engine": self._dialect.name}
        log.warning("a realtime service could not write down what was said", extra=about)
        text = self._partial.pop(item, "").strip()
        self._final(text, *self._span(item))
        if self._failed >= MOST_FAILED:
            self._fail(SpeechUnavailable(f"{self._dialect.service}: it writes down nothing"))

    def _span(self, item: str) -> tuple[float, float]:
        """From when to when it was said; that of the first commit where none was confirmed."""
        if item in self._items:
            return self._items.pop(item)
        return self._commits.popleft() if self._commits else (0.0, 0.0)

    def _final(self, text: str, began_s: float, ended_s: float) -> None:
        self._results.put(Heard(text, True, self._language, began_s=began_s, ended_s=ended_s))
        self._answered()

    # --- whether anything comes -----------------------------------------------------------------

    def _expect_an_answer(self) -> None:
        if self._watch is None:
            loop = asyncio.get_running_loop()
            self._watch = loop.call_later(ANSWER_S, self._unanswered)

    def _answered(self) -> None:
        if self._watch is not None:
            self._watch.cancel()
            self._watch = None
        if self._commits or self._items:
            self._expect_an_answer()

    def _unanswered(self) -> None:
        self._watch = None
        self._fail(SpeechUnavailable(f"{self._dialect.service}: it does not answer"))

    # --- the end --------------------------------------------------------------------------------

    def fail(self, error: SpeechUnavailable) -> None:
        self._results.fail(error)
        self._stop()

    def close(self) -> None:
        self._results.close()
        self._stop()

    def _stop(self) -> None:
        if self._watch is not None:
            self._watch.cancel()
            self._watch = None
