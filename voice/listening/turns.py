"""When the caller has said something: words and keys that come, and silences that end them."""

from __future__ import annotations

from dataclasses import dataclass
from difflib import SequenceMatcher

from contracts.scenario import Voice
from contracts.speech import Heard, Recognition
from voice.listening.dictation import lengths_asked, numbers_asked_for, with_number
from voice.listening.ending import patience
from voice.listening.keypad import Keypad

FINAL_WAIT_S = 0.8  # for the ear to make up its mind, beyond the silence that ends a turn
WORDS_WAIT_S = 3.0  # the same, where the last of what was said is not known yet
BEHIND_S = 0.3  # by which words end before the speech does, if they are all of it
NOISE_S = 2.0  # without a new word, after which what still sounds like speech is none
CHOICE_S = 1.0  # without another key, where one key is an answer
ALIKE = 0.6  # of 1: two readings of the same words
STALE_S = 6.0  # after which the ear comes back to nothing that was taken
MORE = 2  # words beyond those that were taken: one may be a reading of them
MOST = 3_000  # characters of one turn; more is cut in two


@dataclass(frozen=True, slots=True)
class Utterance:
    """What the caller said or keyed in. Times are of the call's beat: when the last of it was
    spoken, when its words were known, and when it was taken to be all."""

    text: str = ""
    digits: str = ""
    ended: float = 0.0
    known: float = 0.0
    decided: float = 0.0


class TurnTaker:
    """`asked`, `language` and `one_key` follow what we said last: by them a pause is judged, and
    whether a single key is an answer."""

    def __init__(self, ear: Recognition, voice: Voice, language: str) -> None:
        self._ear = ear
        self._voice = voice
        self.language = language
        self.asked = ""
        self.one_key = False
        self._keypad = Keypad()
        self._finals: list[str] = []
        self._partial = ""
        self._spoke = False  # there was speech of which the words are not known yet
        self._last_speech = 0.0
        self._last_word = 0.0
        self._paused = False  # the ear was told that the caller pauses
        self._spoken_to = self._known_to = 0.0  # of what the ear was fed
        self._stale_at = 0.0
        self._stale = ""  # words that were taken before the ear was sure of them

    # --- what comes -----------------------------------------------------------------------------

    def speech(self, now: float, fed_s: float = 0.0) -> None:
        """There is speech right now, so many seconds into what the ear was fed."""
        self._spoken_to = fed_s
        self._spoke = True
        self._paused = False
        self._last_speech = now

    def heard(self, heard: Heard, now: float) -> None:
        text = self._fresh(heard.text.strip(), now)
        if heard.final:
            text = self._of_two(text, self._partial)
            self._partial, self._stale = "", ""
            self._spoke = False
            if text:
                self._finals.append(text)
        elif text == self._partial:
            return
        else:
            self._partial = text
        if not text:
            return
        self._last_word, self._known_to = now, heard.ended_s
        if not self._last_speech:
            self._last_speech = now  # the ear hears what the detector did not

    def press(self, digit: str, now: float) -> None:
        self._keypad.press(digit, now)
        self._last_speech = max(self._last_speech, now)

    def forget(self, now: float) -> None:
        """What was said so far was nothing to us."""
        if self._partial:
            self._stale, self._stale_at = self._partial, now
        self._finals, self._partial, self._spoke = [], "", False
        self._last_speech = 0.0

    @property
    def waiting(self) -> bool:
        """Whether the caller has begun something that is not taken yet."""
        return bool(self._spoke or self._finals or self._partial or self._keypad.waiting)

    @property
    def words(self) -> str:
        return " ".join([*self._finals, self._partial]).strip()

    # --- when it is all -------------------------------------------------------------------------

    def beat(self, now: float, *, speaking: bool) -> Utterance | None:
        """What the caller has said, once that is all. `speaking`: there is speech right now."""
        if not self.waiting or (speaking and len(self.words) < MOST):
            return None
        if self._keypad.waiting:
            pause_s = CHOICE_S if self.one_key else self._voice.digits_s
            lengths = set() if self.one_key else lengths_asked(self.asked)
            if not self._keypad.whole(now, pause_s=pause_s, lengths=lengths):
                return None
        silence = now - self._last_speech
        need = self._need()
        if not self._paused and silence >= need / 2:
            self._paused = True
            self._ear.pause()
        if silence < need:
            return None
        if (self._partial or self._spoke) and silence < need + self._patience():
            return None
        return self._take(now)

    def rest(self) -> Utterance | None:
        """What was said to its end and is not taken yet: the caller has gone."""
        self._partial = ""
        return self._take(self._last_speech)

    def _need(self) -> float:
        """Seconds of silence that end the turn."""
        if self._keypad.waiting:
            return 0.0
        words = self.words
        if not words:
            return self._voice.pause_s
        return patience(words, asked=self.asked, voice=self._voice, language=self.language)

    def _patience(self) -> float:
        """Seconds for the ear to make up its mind: more where it lags behind the speech."""
        lags = bool(self._known_to) and self._known_to < self._spoken_to - BEHIND_S
        return WORDS_WAIT_S if lags or not self._partial else FINAL_WAIT_S

    def noise(self, now: float, since: float) -> bool:
        """Whether what sounds like speech since then is none: no word comes of it."""
        patience_s = NOISE_S if self._finals and not self._partial else 2 * NOISE_S
        return now - max(since, self._last_word) >= patience_s

    def _of_two(self, final: str, partial: str) -> str:
        """The final reading, unless a number that was asked for is only in the one before: it has a
        digit too few or too many, then."""
        if not (final and partial):
            return final

        def found(text: str) -> int:
            words = " ".join([*self._finals, text])
            return numbers_asked_for(words, asked=self.asked, language=self.language)

        return partial if found(partial) > found(final) else final

    def _take(self, now: float) -> Utterance | None:
        text, digits = self.words, self._keypad.take()
        known = self._last_word
        ended = self._last_speech
        self._stale, self._stale_at = self._partial, now
        self._finals, self._partial, self._spoke = [], "", False
        self._last_speech = 0.0
        if not text and not digits:
            return None
        text = with_number(text, asked=self.asked, language=self.language)
        if text and digits:
            text, digits = f"{text} {digits}", ""
        return Utterance(text[:MOST], digits, ended, known, now)

    def _fresh(self, text: str, now: float) -> str:
        """A result without what of it was taken before the ear was sure: it may read it otherwise
        now."""
        words, stale = text.split(), self._stale.split()
        if not stale or not words or now - self._stale_at > STALE_S:
            return text
        begun = _plain(words[: len(stale)])
        if SequenceMatcher(None, _plain(stale), begun, autojunk=False).ratio() < ALIKE:
            return text
        more = words[len(stale) :]
        return " ".join(more) if len(more) >= MORE else ""


def _plain(words: list[str]) -> str:
    return " ".join(word.strip(".,;:?!¿¡").casefold() for word in words)
