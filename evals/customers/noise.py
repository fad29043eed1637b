"""A scripted customer with a person's faults: typos, mishearings, another topic in between, haste.

What a message is about stays: figures, names and what stands in places are left as they are. The
same seed makes the same faults.
"""

from __future__ import annotations

import random
import re
from collections.abc import Iterator, Sequence

from contracts.messages import Channel
from evals.case import Case, Expect, Step

TYPOS = 0.07  # of the words that may have one
FILLED = 0.5  # of spoken messages that begin with a filler
HASTY = 0.25
ASIDE = 0.2  # of the messages that something else is asked before
_PLAIN_WORD = re.compile(r"(?<![{\w$.@])[a-z]{5,}(?![\w}@])")
_FILLERS = ("um", "uh", "so", "well", "yeah so", "okay so")
_FILLERS_ES = ("eh", "este", "pues", "mire")
_HASTE = ("please hurry", "I don't have all day", "quickly please")
_HASTE_ES = ("rápido por favor", "tengo prisa")
# A question of its own that changes nothing, and whose answer does not matter to the case.
_ASIDES = ("by the way, how long is the wait to talk to a person?", "is this a robot?")
_ASIDES_ES = ("por cierto, ¿cuánto hay que esperar para hablar con una persona?",)
# As recognisers mishear them.
_MISHEARD = {
    "meter": "meater",
    "billing": "building",
    "autopay": "auto pay",
    "whatsapp": "what's app",
    "kilowatt": "kilo what",
    "payment": "pay mint",
    "outage": "out age",
}


def noisy(case: Case, seed: int) -> list[Step]:
    """The case's steps with faults. Answers of a word or two, and buttons, stay as they are."""
    chance = random.Random(f"{case.id}:{seed}")
    return list(_steps(case, chance))


def _steps(case: Case, chance: random.Random) -> Iterator[Step]:
    channel = case.start
    answering = False
    for step in case.turns:
        channel = step.via or channel
        if not answering and not _is_answer(step) and chance.random() < ASIDE:
            aside = chance.choice(_ASIDES_ES if case.language == "es" else _ASIDES)
            yield Step(says=aside, via=step.via, by=step.by, expect=Expect())
        yield _with_faults(step, channel, case.language, chance)
        answering = bool(step.expect.pending or step.expect.offer or "ask_again" in _told(step))


def _told(step: Step) -> set[str]:
    return set(step.expect.status.values())


def _is_answer(step: Step) -> bool:
    return bool(step.presses) or len(step.says.split()) <= 3


def _with_faults(step: Step, channel: Channel, language: str, chance: random.Random) -> Step:
    if _is_answer(step):
        return step
    spanish = language == "es"
    text = _misspelt(step.says, chance)
    if channel is Channel.VOICE:
        text = _misheard(text)
        if chance.random() < FILLED:
            text = f"{chance.choice(_FILLERS_ES if spanish else _FILLERS)} {text}"
    if chance.random() < HASTY:
        text = f"{text.rstrip('.')}, {chance.choice(_HASTE_ES if spanish else _HASTE)}"
    return step.model_copy(update={"says": text})


def _misspelt(text: str, chance: random.Random) -> str:
    def word(match: re.Match[str]) -> str:
        return _typo(match[0], chance) if chance.random() < TYPOS else match[0]

    return _PLAIN_WORD.sub(word, text)


def _typo(word: str, chance: random.Random) -> str:
    """Two letters swapped, one left out, or one twice; never the first."""
    at = chance.randrange(1, len(word) - 1)
    swapped = word[:at] + word[at + 1] + word[at] + word[at + 2 :]
    return chance.choice((swapped, word[:at] + word[at + 1 :], word[:at] + word[at] + word[at:]))


def _misheard(text: str) -> str:
    """Lower case, no punctuation but what belongs to figures and places, words as heard."""
    bare = re.sub(r"[,;!?]|\.(?=\s|$)", "", text)
    words = [w if "{" in w else w.lower() for w in bare.split()]
    return " ".join(_MISHEARD.get(word, word) for word in words)


def seeds(count: int) -> Sequence[int]:
    """The first so many."""
    return range(1, count + 1)
