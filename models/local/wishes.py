"""What a message wants: which of the known wishes, and whose they are."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from importlib.resources import files
from typing import Any

import yaml

from models.local import fill
from models.local.catalogue import Catalogue
from models.local.classifier import Guess
from models.local.reading import Situation
from models.local.understand import AGENT, TALK, Clause, Meaning

MOST_HANDOFFS = 3
MOST_WANTS = 3

SURE = 0.30  # less than this for the best reading is no understanding
SURE_OF_SEVERAL = 0.55  # each clause, before a message counts as several wishes
NEAR = 0.40  # cosine to the nearest phrase; what lies further off is out of scope
OWN = 1.4  # the agent's own domain is likelier than another's
CLOSE = 0.05  # of two cosines; no difference

VERIFY = "verify_customer_identity"
PERSON = "escalate_human"
_WISHES_IN_TALK = ("person", "follow_up")


@dataclass(frozen=True, slots=True)
class Want:
    """A wish: to an agent's domain, perhaps to one tool of it, or small talk.

    Small talk named "topic" is about the agent's own topic and no more, "unserved" a wish to
    it that none of its tools can meet.
    """

    kind: str  # "tool" | "agent" | "talk"
    name: str
    sureness: float
    text: str
    phrase: str = ""

    @property
    def is_wish(self) -> bool:
        """Whether something is asked for, rather than said."""
        return self.kind != "talk" or self.name in (*_WISHES_IN_TALK, "unserved")


@dataclass(frozen=True, slots=True)
class Customs:
    """`customs.yaml`, as it is written."""

    look_first: Mapping[str, str]
    then: Mapping[str, str]
    evidence: Mapping[str, str]
    on_entry: Mapping[str, str]
    hand_over: Mapping[str, str]
    follow_up: Mapping[str, list[str]]
    looked_after: Mapping[str, str]
    sorry: Mapping[str, str]
    goes_into: Mapping[str, str]
    balance_from: Mapping[str, str]
    vague: str

    @classmethod
    def load(cls) -> Customs:
        text = files("models.local").joinpath("customs.yaml").read_text(encoding="utf-8")
        return cls(**yaml.safe_load(text))


class Wishes:
    """Weighs readings of a message against who holds the floor. Pure."""

    def __init__(self, catalogue: Catalogue, customs: Customs) -> None:
        self._catalogue = catalogue
        self._customs = customs
        everyone = {agent for agents in catalogue.holders.values() for agent in agents}
        self._shared = {t for t, held in catalogue.holders.items() if everyone <= set(held)}

    def wants(self, now: Situation, meaning: Meaning) -> list[Want]:
        """The wishes of a message, in their order; always at least one."""
        whole = self.weigh(meaning.whole, now)
        parts = [self.weigh(clause, now) for clause in meaning.clauses]
        wishes = [p for p in parts if p.kind != "talk" or p.name in ("person", "follow_up")]
        sure = [p for p in wishes if p.sureness >= SURE_OF_SEVERAL]
        distinct = list({(p.kind, p.name): p for p in sure}.values())
        if len(distinct) > 1:
            return distinct[:MOST_WANTS]
        best = max(wishes, key=lambda p: p.sureness, default=whole)
        unclear = whole.kind == "talk" and whole.name not in ("person", "follow_up")
        return [best if unclear or best.sureness > whole.sureness + 0.15 else whole]

    def weigh(self, clause: Clause, now: Situation) -> Want:
        """The likeliest domain of a clause, and within the agent's own the likeliest tool."""
        guesses = [g for g in clause.guesses if self._borne_out(g.label, clause.text, now)]
        mass: dict[str, float] = {}
        for guess in guesses:
            domain = self.domain(guess.label, now)
            likelier = OWN if domain == now.agent else 1.0
            mass[domain] = mass.get(domain, 0.0) + guess.probability * likelier
        domain = max(mass, key=lambda name: mass[name])
        sureness = min(mass[domain], 1.0)
        near = max(guess.nearness for guess in guesses)
        of_domain = [g for g in guesses if self.domain(g.label, now) == domain]
        best = of_domain[0]
        if sureness < SURE or near < NEAR:
            return Want("talk", "unclear", sureness, clause.text)
        if domain.startswith(TALK):
            return Want("talk", domain.removeprefix(TALK), sureness, clause.text, best.phrase)
        if domain != now.agent:
            return Want("agent", domain, sureness, clause.text, self._phrase(of_domain))
        return self._own(of_domain, sureness, clause.text, now)

    def _borne_out(self, label: str, text: str, now: Situation) -> bool:
        if label == VERIFY and now.brief.get("identity") in ("verified", "stepped up"):
            return False
        pattern = self._customs.evidence.get(label)
        return pattern is None or re.search(pattern, text, re.IGNORECASE) is not None

    def _own(self, guesses: list[Guess], sureness: float, text: str, now: Situation) -> Want:
        tools = [g for g in guesses if g.label in now.tools]
        if tools and (tools[0].probability >= 0.08 or tools[0].nearness >= 0.6):
            return Want("tool", tools[0].label, sureness, text, tools[0].phrase)
        return Want("talk", "topic", sureness, text, guesses[0].phrase)

    @staticmethod
    def _phrase(guesses: list[Guess]) -> str:
        """The known phrase that is nearest: it says what is wanted, and nothing personal."""
        return max(guesses, key=lambda guess: guess.nearness).phrase

    def domain(self, label: str, now: Situation) -> str:
        if label.startswith(TALK):
            return label
        if label.startswith(AGENT):
            return label.removeprefix(AGENT)
        elsewhere = self._customs.hand_over.get(label)
        if elsewhere and elsewhere != now.agent and self.route(elsewhere, now):
            return elsewhere
        return now.agent if label in now.tools else self.holder(label, now)

    def holder(self, tool: str, now: Situation) -> str:
        """The agent to ask for a tool: one we reach directly, the hub last."""
        holders = [a for a in self._catalogue.holders.get(tool, ()) if a != now.agent]
        holders.sort(key=lambda a: (a == self._catalogue.hub, self._direct(a, now) is None, a))
        return holders[0] if holders else self._catalogue.hub

    def route(self, target: str, now: Situation) -> str | None:
        """The hand-off tool that leads there, by way of the hub if need be; never back."""
        visited = {now.agent, *self._visited(now)}
        if target in visited or len(visited) > MOST_HANDOFFS + 1:
            return None
        direct = self._direct(target, now)
        hub = self._direct(self._catalogue.hub, now)
        return direct or (hub if self._catalogue.hub not in visited else None)

    def _direct(self, target: str, now: Situation) -> str | None:
        reach = self._catalogue.handoffs
        return next((tool for tool in now.tools if reach.get(tool) == target), None)

    def _visited(self, now: Situation) -> Iterator[str]:
        """Agents that had the floor in this turn."""
        handed = [o.tool for o in now.outcomes if o.tool in self._catalogue.handoffs]
        yield from (self._catalogue.handoffs[tool] for tool in handed)
        if handed or now.briefed:
            yield str((now.brief.get("handoff") or {}).get("source", ""))

