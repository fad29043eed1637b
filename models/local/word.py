"""The reply in words: what the tools say, in a friendly frame."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace

from models.local import feeling
from models.local.catalogue import Catalogue
from models.local.moves import Say
from models.local.patterns import WHICH_DAY
from models.local.phrasing import chosen, sentences_of
from models.local.reading import Outcome, Situation
from models.local.shape import dated, inside, sentences, shortened, speakable, untold
from models.local.wishes import Customs

OFTEN = 3  # times an answer is given before something else is offered
LATELY = 6  # replies in which nothing is said twice
_MORE = re.compile(r"\b(?:else|algo más|qué más)\b[^.?!]*\?", re.IGNORECASE)
_BRAND = re.compile(
    r"^You are the [\w -]+? of (?P<brand>(?:(?:[A-Z]|&)[\w'&-]*\s?)+)", re.MULTILINE
)
_ALL = re.compile(
    r"\b(?:that'?s (?:all|it)|that(?:'ll| will) be all|nothing else|es todo|nada m[aá]s)\b", re.I
)
_DONE = re.compile(r"^(?:Done|Listo|Thank you|Gracias)[.,:] ")
_SORRY = re.compile(r"^(?:I'm|We're|I am) (?:very |so )?sorry|^Sorry|^Lo siento|^Lament", re.I)
_ASKS_FIRST = re.compile(
    r"^(?:which|when|what|where|how (?:much|many|long)|on which|who|¿)", re.IGNORECASE
)
_PROOF = re.compile(r"\[verification detail\]")


class Wording:
    """Composes replies. Pure: variety comes from how far the conversation is."""

    def __init__(self, catalogue: Catalogue, customs: Customs) -> None:
        self._catalogue = catalogue
        self._customs = customs

    def reply(self, say: Say, now: Situation, *, greets: bool) -> str:
        """The whole reply of a turn; never empty."""
        if say.key == "rest":
            return self._rest(now)
        if say.key == "outcomes":
            return self._told(now, greets, several="several" in say.values)
        return self._said(say, now, greets)

    def first(self, told: Sequence[Outcome], now: Situation) -> str:
        """What was found, in front of a read-back: no question, and no more than fits."""
        says = dict.fromkeys(filter(None, (self._of_outcome(o, now) for o in told)))
        text = speakable(" ".join(says)) if now.spoken else " ".join(says)
        text = shortened(text)[0] if now.spoken else text
        return " ".join(s for s in sentences(text) if not s.endswith("?"))

    # What is said of our own

    def _said(self, say: Say, now: Situation, greets: bool) -> str:
        key = say.key
        if key == "topic" and now.agent == self._catalogue.hub:
            key = "greeting" if greets else "help"
        key = self._variant(key, now)
        pending = now.brief.get("pending") or {}
        # An agent reminds of its own questions, the hub of any before they go.
        leaving = key == "goodbye" and now.agent == self._catalogue.hub
        reminds = pending.get("tool") in now.tools or leaving
        # What was asked or found since goes before; so does what is about the call itself.
        since = bool(say.values) or key in ("confirm_again", "left", "left_goodbye", "fixed")
        if not pending or not reminds or since:
            return self._sentence(key, now, **dict(say.values))
        return self._still_waiting(key, now)

    def _still_waiting(self, key: str, now: Situation) -> str:
        """One question at a time: a yes must not be able to mean two things."""
        if key == "goodbye":
            return self._sentence("goodbye_waiting", now)
        text = self._sentence("unserved_waiting" if key == "unserved" else key, now)
        said = [s for s in sentences(text) if not s.endswith("?")]
        return " ".join([*said, self._sentence("still_waiting", now)])

    def _variant(self, key: str, now: Situation) -> str:
        known = sentences_of(now.language)
        over = key in ("thanks", "no") and _ALL.search(now.heard)
        if over or (key == "no" and _MORE.search(now.last_reply)):
            return "goodbye"
        outage = (now.brief.get("collected") or {}).get("outage") or {}
        if key == "greeting" and outage and outage.get("status") not in ("none", "restored"):
            return "greeting_outage"
        if key == "topic" and f"topic_{now.agent}" in known:
            return f"topic_{now.agent}"
        if key == "repeat" and not now.last_reply:
            return "repeat_nothing"
        if f"{key}_again" in known and self._said_before(key, now):
            return f"{key}_again"
        return key if key in known else "cannot"

    @staticmethod
    def _said_before(key: str, now: Situation) -> bool:
        """Whether it is time for something else than this: what is not understood twice in a row,
        and nobody is asked after every answer whether there is more."""
        if key in ("unclear", "upset", "failed"):
            heads = [form.split("{", 1)[0] for form in sentences_of(now.language)[key]]
            return any(head in now.last_reply for head in heads)
        return any(_MORE.search(reply) for reply in now.replies[-LATELY:])

    def _sentence(self, key: str, now: Situation, **values: str) -> str:
        forms = sentences_of(now.language)[key]
        form = chosen(forms, now.replies[-LATELY:], len(now.replies))
        pending = now.brief.get("pending") or {}
        name = self._name(now)
        text = form.format(
            name=name,
            maria=name.removeprefix(","),
            last=self._last(now),
            brand=_brand(now.system),
            read_back=str(pending.get("read_back", "")),
            **values,
        )
        return text.strip()

    @staticmethod
    def _last(now: Situation) -> str:
        """What was said last, without what began it when it was a repetition already."""
        heads = [form.split("{", 1)[0] for form in sentences_of(now.language)["repeat"]]
        head = next((head for head in heads if now.last_reply.startswith(head)), "")
        last = _DONE.sub("", now.last_reply.removeprefix(head))
        first, *rest = sentences(last) or [last]
        last = " ".join(rest) if rest and _SORRY.match(first) else last
        return last[:1].upper() + last[1:]

    @staticmethod
    def _name(now: Situation) -> str:
        """The name, unless it was just said."""
        named = now.first_name and all(now.first_name not in r for r in now.replies[-2:])
        return f", {now.first_name}" if named else ""

    # What the tools say

    def _told(self, now: Situation, greets: bool, *, several: bool) -> str:
        told = self._worth_telling(now)
        body = self._body(told, now, several=several) or self._sentence("nothing_told", now)
        sorry = self._sympathy(told, now)
        if sum(body in reply for reply in now.replies[-LATELY:]) == OFTEN - 1:
            body = f"{body} {self._sentence('stuck', now)}"
        if sorry and _SORRY.match(body):
            sorry = ""
        opening = sorry or self._opening(told, now, greets)
        return f"{opening} {body}".strip()

    def _body(self, told: list[Outcome], now: Situation, *, several: bool) -> str:
        says = list(dict.fromkeys(filter(None, (self._of_outcome(o, now) for o in told))))
        several = several or self._from_two_desks(told, now)
        if several and len(says) > 1:
            says[-1] = self._sentence("bridge", now, text=inside(says[-1]))
        return self._fitting(" ".join(says), told, now)

    def _from_two_desks(self, told: list[Outcome], now: Situation) -> bool:
        """Whether a hand-off came between two things to tell: they were two wishes."""
        at = [now.outcomes.index(outcome) for outcome in told]
        between = now.outcomes[at[0] : at[-1]] if at else ()
        return any(outcome.tool in self._catalogue.handoffs for outcome in between)

    def _looks_up(self, outcome: Outcome) -> bool:
        return re.match(self._customs.looks_up, outcome.tool) is not None

    def _fitting(self, text: str, told: list[Outcome], now: Situation) -> str:
        """As much of what was looked up as the channel takes at once; the rest is offered. Who asks
        on which day is told the day."""
        if WHICH_DAY.search(now.heard) and all(self._looks_up(o) for o in told):
            text = dated(text)
        if not now.spoken:
            return text
        if any(o.status != "done" or not self._looks_up(o) for o in told):
            return speakable(text)
        kept, more = shortened(speakable(text))
        offered = more and not kept.endswith("?") and not now.brief.get("offering")
        return f"{kept} {self._sentence('details', now)}" if offered else kept

    def _rest(self, now: Situation) -> str:
        """What of the last answer was not told yet."""
        told = self._worth_telling(replace(now, outcomes=now.earlier))
        whole = " ".join(filter(None, (self._of_outcome(o, now) for o in told)))
        rest = untold(speakable(whole) if now.spoken else whole, now.replies[-LATELY:])
        return self._fitting(rest, told, now) if rest else self._sentence("told_all", now)

    def _worth_telling(self, now: Situation) -> list[Outcome]:
        """All answers of the turn but hand-offs, and look-ups that a later answer made idle."""
        done = {o.tool for o in now.outcomes if o.status == "done"}
        idle = {look for tool, look in self._customs.look_first.items() if tool in done}
        passed = {*self._catalogue.handoffs, *idle}
        told = [o for o in now.outcomes if o.tool not in passed]
        # A question that was answered at once is not put any more.
        return [
            o
            for at, o in enumerate(told)
            if o.status != "ask_again" or all(later.tool != o.tool for later in told[at + 1 :])
        ]

    def _of_outcome(self, outcome: Outcome, now: Situation) -> str:
        if outcome.say:
            # A sentence for `next` follows only where the tool gives one; a code is not for ears.
            sentence = outcome.next if " " in outcome.next and outcome.next[:1].isupper() else ""
            return f"{outcome.say} {sentence}".strip()
        broke = outcome.status in ("failed", "cannot")
        return self._sentence(self._variant("failed", now), now) if broke else ""

    # What goes before

    def _opening(self, told: list[Outcome], now: Situation, greets: bool) -> str:
        """A greeting is returned; who has to be asked for something is told first that they may."""
        if greets and not now.replies:
            return self._sentence("hello", now)
        last = told[-1] if told else None
        asks = last is not None and last.status == "ask_again" and len(told) == 1
        if not asks or last is None or now.briefed or now.channel == "sms":
            return ""
        at_first = all(o.tool != last.tool for o in now.earlier) and not _PROOF.search(now.heard)
        return self._sentence("gladly", now) if at_first and _ASKS_FIRST.match(last.say) else ""

    def _sympathy(self, told: list[Outcome], now: Situation) -> str:
        """One line, once for an issue: not when we said so before, nor when nothing is wrong."""
        # Who had to prove who they are said before what it is about.
        words = now.heard_before if _PROOF.search(now.heard) else now.heard
        heard = replace(now, heard=words)
        key = next((s.says for s in self._customs.sorry for o in told if s.fits(o, heard)), "")
        if feeling.mourns(words):
            key = "sorry_loss"
        elif key == "sorry_outage" and feeling.not_the_first_time(words):
            key = "sorry_outage_again"
        elif not key and feeling.is_angry(words):
            key = "sorry_trouble"
        if not key or any(f.split("{", 1)[0] in now.told for f in sentences_of(now.language)[key]):
            return ""
        return self._sentence(key, now)


def _brand(system: str) -> str:
    """The utility's name, as the agent's prompt gives it."""
    found = _BRAND.search(system)
    return found["brand"].strip() if found else "your utility"
