"""What the embedded model can do next, and how each wish is met."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from models.local import fill, slots
from models.local.catalogue import Catalogue
from models.local.finders import balance
from models.local.reading import Outcome, Situation, found
from models.local.understand import Understanding
from models.local.wishes import PERSON, TOOL, Customs, Want, Wishes

_IT = re.compile(r"\b(?:it|that|this|that one|es[ae]|l[ao])\b", re.IGNORECASE)
_KEPT = ("service_type",)
_READS_BACK = re.compile(r"\basked\s+for\s+a\s+yes\b")
_PERSON = re.compile(r"\b(?:person|people|colleagues?|persona|colega|alguien)\b", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Act:
    """Call a tool. tells: what tools found in this turn that is to be said first."""

    tool: str
    args: dict[str, Any]
    tells: tuple[Outcome, ...] = ()


@dataclass(frozen=True, slots=True)
class Say:
    """Say something: which sentence, and what to fill in."""

    key: str
    values: Mapping[str, str] = field(default_factory=dict)


class Moves:
    """From a wish to a move. Pure."""

    def __init__(
        self,
        understanding: Understanding,
        catalogue: Catalogue,
        customs: Customs,
        wishes: Wishes,
    ) -> None:
        self._understanding = understanding
        self._catalogue = catalogue
        self._customs = customs
        self._wishes = wishes

    def step(self, want: Want, now: Situation) -> Act | Say:
        if want.kind == "agent":
            return self.handover(want.name, now, want)
        if want.kind == "tool":
            return self._use(want, now)
        if want.name == "person" and PERSON in now.tools:
            return self.person(want, now)
        if want.name == "follow_up":
            return self._follow_up(want, now)
        return Say(want.name)

    def person(self, want: Want, now: Situation) -> Act:
        """Whoever takes over is told of what we could not help with, rather than of the asking."""
        before = self._understanding.read(now.heard_before).whole if now.heard_before else None
        wish = self._wishes.weigh(before, now) if before else want
        offered = offers_person(now.last_reply) and wish.is_wish and wish.phrase
        return self.call(PERSON, want.text, wish.phrase if offered else want.phrase, now)

    def _use(self, want: Want, now: Situation) -> Act:
        first = self._customs.look_first.get(want.name)
        seen = next((o for o in now.outcomes if o.tool == first), None)
        if first in now.tools and first is not None and (seen is None or found(seen.data)):
            return self.call(first, want.text, want.phrase, now)
        owed = self._customs.balance_from.get(want.name)
        if owed in now.tools and owed is not None and self._needs_balance(want, now):
            return self.call(owed, want.text, want.phrase, now)
        return self.call(want.name, want.text, want.phrase, now)

    @staticmethod
    def _needs_balance(want: Want, now: Situation) -> bool:
        """Half of what? That is looked up, which asks for proof where it is wanted."""
        return balance(now) is None and slots.share(want.text) is not None

    def _follow_up(self, want: Want, now: Situation) -> Act | Say:
        """Read again what the thread is about; ask nothing."""
        topics = list(now.brief.get("collected") or {})
        known = [t for t in reversed(topics) if t in self._customs.follow_up]
        known.sort(key=lambda t: self._customs.looked_after.get(t) != now.agent)
        for topic in known:
            for tool in self._customs.follow_up[topic]:
                if self._wishes.domain(tool, now) in (now.agent, f"{TOOL}{tool}"):
                    return self.call(tool, want.text, want.phrase, now)
            target = self._customs.looked_after.get(topic)
            if target and target != now.agent and self._wishes.route(target, now):
                return self.handover(
                    target, now, Want("agent", target, 1, want.text, topic.replace("_", " "))
                )
        return Say("no_news")

    @staticmethod
    def reads_back(tool: str, now: Situation) -> bool:
        """Whether a tool is read back for a yes, which ends the turn."""
        return _READS_BACK.search(str(now.tools.get(tool, {}).get("description", ""))) is not None

    def handover(self, target: str, now: Situation, want: Want) -> Act | Say:
        tool = self._wishes.route(target, now)
        return self.call(tool, want.text, want.phrase, now) if tool else Say("cannot")

    def towards(self, tool: str, now: Situation, phrase: str = "") -> Act | Say:
        """A call of a tool, or the hand-off to who holds it."""
        if tool in now.tools:
            return self.call(tool, "", "", now)
        want = Want("tool", tool, 1, now.heard, phrase or tool.replace("_", " "))
        return self.handover(self._wishes.holder(tool, now), now, want)

    def named(self, tool: str, now: Situation) -> dict[str, Any]:
        """Those arguments of a tool that the words name outright."""
        return fill.named(tool, now.tools[tool], self.heard(tool, now.heard, "", now))

    def call(self, tool: str, text: str, phrase: str, now: Situation) -> Act:
        heard = self.heard(tool, text, phrase, now)
        return Act(tool, fill.arguments(tool, now.tools[tool], heard) | self._still(tool, now))

    @staticmethod
    def _still(tool: str, now: Situation) -> dict[str, Any]:
        """What a call that waits for an answer is about, another one on the way there is, too."""
        waiting = now.asking.args if now.asking and now.asking.tool != tool else {}
        wanted = now.tools[tool].get("parameters", {}).get("properties", {})
        kept = {k: v for k, v in waiting.items() if k in _KEPT and k in wanted}
        # "Break it down": the bill that was spoken of.
        bill = now.earlier[-1].args.get("bill_date") if now.earlier else None
        same = bill and "bill_date" in wanted and _IT.search(now.heard)
        return kept | ({"bill_date": bill} if same and slots.bill(now.heard) is None else {})

    @staticmethod
    def heard(
        tool: str,
        text: str,
        phrase: str,
        now: Situation,
        known: Mapping[str, Any] | None = None,
    ) -> fill.Heard:
        return fill.Heard(text, phrase, now, now.tools.get(tool, {}), tool, known or {})


def offers_person(text: str) -> bool:
    """Whether one of our people is offered."""
    return _PERSON.search(text) is not None
