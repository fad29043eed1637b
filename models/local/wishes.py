"""What a message wants: which of the known wishes, and whose they are."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from importlib.resources import files

import yaml

from models.local.alarms import ALARMS, alarm
from models.local.catalogue import Catalogue
from models.local.classifier import Guess
from models.local.reading import Outcome, Situation, found, suffers
from models.local.understand import AGENT, TALK, Clause, Meaning

MOST_HANDOFFS = 3
MOST_WANTS = 3

SURE = 0.30  # less than this for the best reading is no understanding
SURE_OF_SEVERAL = 0.85  # each clause, before a message counts as several wishes
NEAR_OF_SEVERAL = 0.7  # and how near it is to a phrase
NEAR = 0.40  # cosine to the nearest phrase; what lies further off is out of scope
ABOUT_AS_LIKELY = 0.75  # times: near enough for what follows to go before
TAKEN_UP = 0.35  # times: the same, for what was read back and waits for a yes
AS_LIKELY = 4.0  # times: what is less likely than that is no rival, however near it lies
OWN = 2.0  # the agent's own domain is likelier than another's
OFF_TOPIC = 3.0  # there is more out of scope than anybody writes examples of
CLOSE = 0.05  # of two cosines; no difference
LIKELY = 0.08
FAR_LIKELIER = 10.0

VERIFY = "verify_customer_identity"
PERSON = "escalate_human"
TOOL = "tool:"
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
class Sympathy:
    """What is said in front of a tool's answer, and when."""

    says: str
    tools: list[str]
    heard: str = ""  # the customer's words; without it the tool has to find the trouble

    def fits(self, outcome: Outcome, now: Situation) -> bool:
        if outcome.tool not in self.tools:
            return False
        if self.heard:
            return re.search(self.heard, now.heard, re.IGNORECASE) is not None
        troubled = outcome.status == "done" and found(outcome.data)
        return troubled and (now.briefed or suffers(now.heard))


@dataclass(frozen=True, slots=True)
class Meant:
    """What a wish for another desk's tool means at this one, unless the words say otherwise."""

    at: str
    tools: Mapping[str, str]
    unless: str

    def of(self, label: str, text: str, agent: str) -> str:
        if agent != self.at or label not in self.tools:
            return label
        otherwise = re.search(self.unless, text, re.IGNORECASE)
        return label if otherwise else self.tools[label]


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
    sorry: list[Sympathy]
    goes_into: Mapping[str, str]
    goes_on: Mapping[str, str]
    tells: Mapping[str, str]
    looks_up: str
    balance_from: Mapping[str, str]
    same: list[list[str]]
    means: list[Meant]
    vague: str

    @classmethod
    def load(cls) -> Customs:
        text = files("models.local").joinpath("customs.yaml").read_text(encoding="utf-8")
        held = yaml.safe_load(text)
        sorry = [Sympathy(**one) for one in held.pop("sorry")]
        means = [Meant(**one) for one in held.pop("means")]
        return cls(**held, sorry=sorry, means=means)


class Wishes:
    """Weighs readings of a message against who holds the floor. Pure."""

    def __init__(self, catalogue: Catalogue, customs: Customs) -> None:
        self._catalogue = catalogue
        self._customs = customs
        everyone = {agent for agents in catalogue.holders.values() for agent in agents}
        self._same = {name: group for group in customs.same for name in group}
        self._shared = {t for t, held in catalogue.holders.items() if everyone <= set(held)}

    def wants(self, now: Situation, meaning: Meaning) -> list[Want]:
        """The wishes of a message, in their order; always at least one. An alarm stands alone."""
        if sounded := self._alarm(meaning, now):
            return [sounded]
        if meaning.rest and (rest := self.weigh(meaning.rest, now)).is_wish:
            return [rest]
        several = list({(w.kind, w.name): w for w in self._sure(meaning, now)}.values())
        one = self.weigh(meaning.pooled, now)
        # Stories hold much that is near a wish: the message as a whole has to be about one of them.
        if len(several) > 1 and (one.kind, one.name) in {(w.kind, w.name) for w in several}:
            return several[:MOST_WANTS]
        return [one]

    def _sure(self, meaning: Meaning, now: Situation) -> Iterator[Want]:
        """The wishes of single clauses, where they leave no doubt."""
        for clause in meaning.clauses:
            near = max(guess.nearness for guess in clause.guesses[:3])
            if near >= NEAR_OF_SEVERAL:
                want = self.weigh(clause, now)
                if want.is_wish and want.sureness >= SURE_OF_SEVERAL:
                    yield want

    def _alarm(self, meaning: Meaning, now: Situation) -> Want | None:
        report = alarm(meaning)
        if report is None or report in now.settled:
            return None
        text = meaning.whole.text
        if report in now.tools:
            return Want("tool", report, 1.0, text, text)
        holder = self.holder(report, now)
        return Want("agent", holder, 1.0, text, text) if self.route(holder, now) else None

    def weigh(self, clause: Clause, now: Situation) -> Want:
        """The likeliest domain of a clause, and within the agent's own the likeliest tool."""
        borne_out = (g for g in clause.guesses if self._borne_out(g.label, clause.text, now))
        guesses = [replace(g, label=self._named(g.label, clause.text, now)) for g in borne_out]
        mass = self._mass(clause, guesses, now)
        domain = max(mass, key=lambda name: mass[name], default="")
        sureness = min(mass.get(domain, 0.0), 1.0)
        of_domain = [g for g in guesses if self.domain(g.label, now) == domain]
        near = max((guess.nearness for guess in of_domain), default=0.0)
        if sureness < SURE or near < NEAR:
            return Want("talk", "unclear", sureness, clause.text)
        best = of_domain[0]
        if domain.startswith(TALK):
            return Want("talk", domain.removeprefix(TALK), sureness, clause.text, best.phrase)
        if domain.startswith(TOOL):
            return Want("tool", best.label, sureness, clause.text, best.phrase)
        if domain == now.agent:
            domain = self._elsewhere(guesses, now) or domain
            of_domain = [g for g in guesses if self.domain(g.label, now) == domain]
        if domain != now.agent:
            return Want("agent", domain, sureness, clause.text, self._phrase(of_domain))
        return self._own(of_domain, sureness, clause.text, now)

    @staticmethod
    def _likelier(domain: str, now: Situation) -> float:
        if domain == now.agent:
            return OWN
        return OFF_TOPIC if domain == f"{TALK}off_topic" else 1.0

    def _elsewhere(self, guesses: list[Guess], now: Situation) -> str | None:
        """Who holds a tool that is clearly nearer than anything of the agent's own."""
        own = [g for g in guesses if self.domain(g.label, now) == now.agent]
        near = max(g.nearness for g in own) + CLOSE
        likely = max(LIKELY, max(g.probability for g in own) / AS_LIKELY)
        nearer = (g for g in guesses if g.nearness > near and g.probability >= likely)
        found = next((g for g in nearer if g.label in self._catalogue.holders), None)
        domain = self.domain(found.label, now) if found else ""
        return domain if domain in self._catalogue.handoffs.values() else None

    def _mass(self, clause: Clause, guesses: list[Guess], now: Situation) -> dict[str, float]:
        """How much speaks for each domain. A tool that is not borne out is not used, and still
        speaks for the desk that holds it."""
        unused = [
            guess
            for guess in clause.guesses
            if guess.label not in ALARMS and not self._borne_out(guess.label, clause.text, now)
        ]
        desks = set(self._catalogue.handoffs.values())
        mass: dict[str, float] = {}
        for guess in (*guesses, *unused):
            domain = self.domain(guess.label, now)
            if guess in unused and domain not in desks:
                continue
            mass[domain] = mass.get(domain, 0.0) + guess.probability * self._likelier(domain, now)
        return mass

    def _named(self, label: str, text: str, now: Situation) -> str:
        """Of tools that do the same thing, the agent's own; the first if it holds none."""
        for meant in self._customs.means:
            label = meant.of(label, text, now.agent)
        group = self._same.get(label, [label])
        return next((name for name in group if name in now.tools), group[0])

    def _borne_out(self, label: str, text: str, now: Situation) -> bool:
        if label == VERIFY and now.verified:
            return False
        pattern = self._customs.evidence.get(label)
        return pattern is None or re.search(pattern, text, re.IGNORECASE) is not None

    def _own(self, guesses: list[Guess], sureness: float, text: str, now: Situation) -> Want:
        """The tool that is meant. None may stand in for a wish that no tool is for."""
        about = next((g for g in guesses if g.label == f"{AGENT}{now.agent}"), None)
        tools = self._as_it_goes([g for g in guesses if g.label in now.tools], now)
        likely = tools and (tools[0].probability >= LIKELY or tools[0].nearness >= 0.6)
        if likely and not _outdone(tools[0], about):
            return Want("tool", tools[0].label, sureness, text, tools[0].phrase)
        vague = re.search(self._customs.vague, text, re.IGNORECASE) or len(text.split()) < 2
        named = about is not None and about.nearness >= NEAR and not vague
        key = "unserved" if named and now.agent != self._catalogue.hub else "topic"
        return Want("talk", key, sureness, text, (about or guesses[0]).phrase)

    def _as_it_goes(self, tools: list[Guess], now: Situation) -> list[Guess]:
        """What waits for a yes, or follows from the last look-up, comes first if it is about as
        likely as any."""
        last = now.earlier[-1] if now.earlier else None
        follows = self._customs.goes_on.get(last.tool) if last and last.status == "done" else None
        waits = (now.brief.get("pending") or {}).get("tool")
        for name, share in ((waits, TAKEN_UP), (follows, ABOUT_AS_LIKELY)):
            next_one = next((g for g in tools if g.label == name), None)
            if next_one and next_one.probability >= tools[0].probability * share:
                return [next_one, *(g for g in tools if g is not next_one)]
        return tools

    @staticmethod
    def _phrase(guesses: list[Guess]) -> str:
        """The known phrase that is nearest: it says what is wanted, and nothing personal."""
        return max(guesses, key=lambda guess: guess.nearness).phrase

    def domain(self, label: str, now: Situation) -> str:
        if label == PERSON:
            return f"{TALK}person"
        if label.startswith(TALK):
            return label.partition("/")[0]  # "talk:off_topic/travel" is a kind of off_topic
        if label.startswith(AGENT) or label in self._catalogue.handoffs:
            return self._catalogue.handoffs.get(label, label.removeprefix(AGENT))
        elsewhere = self._customs.hand_over.get(label)
        if elsewhere and elsewhere != now.agent and self.route(elsewhere, now):
            return elsewhere
        if label not in now.tools:
            return self.holder(label, now)
        # A tool that everyone holds says nothing of the agent's own domain.
        return f"{TOOL}{label}" if label in self._shared else now.agent

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


def _outdone(tool: Guess, about: Guess | None) -> bool:
    """Whether the wish is clearly what the agent is about, and not what the tool is for.

    A tool that knows the very phrase always wins: a wish is unserved until its tool comes.
    """
    if about is None or about.nearness <= tool.nearness:
        return False
    nearer = about.nearness > tool.nearness + CLOSE
    likelier = about.probability / max(tool.probability, 1e-6)
    return likelier > FAR_LIKELIER or (nearer and likelier > 1)
