"""What to do next: call a tool, hand over, or say something."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from importlib.resources import files
from typing import Any

import yaml

from models.local import fill, slots
from models.local.catalogue import Catalogue
from models.local.classifier import Guess
from models.local.reading import Situation
from models.local.understand import AGENT, TALK, Clause, Meaning, Understanding, unfilled

MOST_CALLS = 6  # in a turn
MOST_HANDOFFS = 3
MOST_WANTS = 3

SURE = 0.30  # less than this for the best reading is no understanding
SURE_OF_SEVERAL = 0.55  # each clause, before a message counts as several wishes
NEAR = 0.40  # cosine to the nearest phrase; what lies further off is out of scope
OWN = 1.4  # the agent's own domain is likelier than another's

VERIFY = "verify_customer_identity"
_WAITS = frozenset({"confirm", "ask_again", "failed", "refused_by_customer", "expired"})
_ASKS = re.compile(
    r"^(?:what|how|when|why|where|who|which|is|are|does|did|can i|was)\b", re.IGNORECASE
)
_OFFERING = re.compile(
    r"\b(?:would you like|shall i|should i|do you want|can i|i can|is this about)\b", re.IGNORECASE
)


@dataclass(frozen=True, slots=True)
class Act:
    """Call a tool."""

    tool: str
    args: dict[str, Any]


@dataclass(frozen=True, slots=True)
class Say:
    """Say something: which sentence, and what to fill in."""

    key: str
    values: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Want:
    """A wish: to an agent's domain, perhaps to one tool of it, or small talk."""

    kind: str  # "tool" | "agent" | "talk"
    name: str
    sureness: float
    text: str
    phrase: str = ""


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

    @classmethod
    def load(cls) -> Customs:
        text = files("models.local").joinpath("customs.yaml").read_text(encoding="utf-8")
        return cls(**yaml.safe_load(text))


class Mind:
    """Decides. Pure: the same situation gives the same move."""

    def __init__(
        self, understanding: Understanding, catalogue: Catalogue, customs: Customs
    ) -> None:
        self._understanding = understanding
        self._catalogue = catalogue
        self._customs = customs

    def decide(self, now: Situation) -> Act | Say:
        """The next move. Never a call that was answered in this turn."""
        told = [o for o in now.outcomes if o.tool not in self._catalogue.handoffs]
        if any(outcome.status in _WAITS for outcome in told) or len(told) >= MOST_CALLS:
            return Say("outcomes")
        meaning = self._understanding.read(now.heard)
        move = None if now.outcomes else self._answer_to_us(now, meaning)
        return move or self._next_wish(now, meaning, bool(told))

    # What the customer answers to something we said

    def _answer_to_us(self, now: Situation, meaning: Meaning) -> Act | Say | None:
        if now.briefed:
            return None
        return (
            self._amended(now, meaning)
            or self._supplied(now, meaning)
            or self._offer(now, meaning)
            or self._agreed(now, meaning)
        )

    def _amended(self, now: Situation, meaning: Meaning) -> Act | Say | None:
        """A call waits for a yes, and the customer wants it otherwise."""
        pending = now.brief.get("pending")
        if not pending:
            return None
        tool, args = str(pending["tool"]), dict(pending.get("args") or {})
        changes = self._changes(tool, args, now)
        if changes and (tool in now.tools or self._route(self._holder(tool, now), now)):
            if tool in now.tools:
                return Act(tool, args | changes)
            return self._handover(self._holder(tool, now), now, Want("tool", tool, 1, now.heard))
        if meaning.no:
            return Say("left")
        return Say("confirm_again") if meaning.yes and len(now.heard.split()) <= 6 else None

    def _changes(self, tool: str, args: dict[str, Any], now: Situation) -> dict[str, Any]:
        """Arguments named outright in a short sentence that is no question."""
        bare = unfilled(now.heard)
        if len(bare.split()) > 14 or _ASKS.match(bare):
            return {}
        schema = now.tools.get(tool, {})
        said = fill.arguments(tool, schema, self._heard(tool, now.heard, "", now))
        method = slots.payment_method(now.heard)
        if method is None:
            said.pop("payment_method", None)
        if slots.money(now.heard) is None and not slots.whole(now.heard):
            said.pop("amount", None)
        free = {"reason", "concern", "description"}
        return {k: v for k, v in said.items() if k in args and v != args[k] and k not in free}

    def _supplied(self, now: Situation, meaning: Meaning) -> Act | None:
        """A tool had asked for something, and here it is."""
        asking = now.asking
        if asking is None or asking.tool not in now.tools:
            return None
        top = self._weigh(meaning.whole, now)
        changed = top.kind != "talk" and top.name != asking.tool and top.sureness > 0.6
        properties = now.tools[asking.tool].get("parameters", {}).get("properties", {})
        heard = self._heard(asking.tool, now.heard, "", now)
        found = {
            name: value
            for name in asking.missing
            if name in properties
            and (value := fill.one(asking.tool, name, properties[name], heard)) is not None
        }
        if not found and not changed and not (meaning.no or top.name == "person"):
            name = next((n for n in asking.missing if n in properties), "")
            value = fill.given(name, properties[name], asking.tool, heard) if name else None
            found = {name: value} if value is not None else {}
        return Act(asking.tool, asking.args | found) if found else None

    def _offer(self, now: Situation, meaning: Meaning) -> Act | Say | None:
        offer = now.brief.get("offer")
        if not offer or offer.get("status", "open") != "open" or len(now.heard.split()) > 8:
            return None
        if meaning.no:
            return Say("stay")
        if meaning.yes and "execute_channel_handoff" in now.tools:
            return self._call("execute_channel_handoff", now.heard, "", now)
        return None

    def _agreed(self, now: Situation, meaning: Meaning) -> Act | Say | None:
        """A bare yes or no to our own question: the yes means what the question offers."""
        sentences = re.split(r"(?<=[.!?])\s+", now.last_reply)
        question = next((s for s in reversed(sentences) if _OFFERING.search(s)), "")
        if not question or len(now.heard.split()) > 5:
            return None
        if meaning.no:
            return Say("no")
        if not meaning.yes:
            return None
        want = self._weigh(self._understanding.read(question).whole, now)
        return self._step(want, now) if want.kind != "talk" or want.name == "person" else None

    # What the customer wants

    def _next_wish(self, now: Situation, meaning: Meaning, told: bool) -> Act | Say:
        wants = self._wants(now, meaning)
        steps = [self._step(self._with_all(want, wants), now) for want in wants]
        for want, step in zip(wants, steps, strict=True):
            # The graph may have made a call of its own, for what was asked before: a single
            # wish that was answered is not looked for once more.
            open_still = not told or len(wants) > 1 or self._goes_on(want, now)
            if open_still and isinstance(step, Act) and step.tool not in now.settled:
                return step
        last = steps[-1]
        if told:
            return self._completed(now) or Say("outcomes")
        meant = now.briefed or (isinstance(last, Say) and last.key == "topic")
        tool = self._customs.on_entry.get(now.agent)
        if meant and tool in now.tools and tool is not None:
            return self._call(tool, now.heard, "", now)
        return last if isinstance(last, Say) else Say("unclear")

    def _goes_on(self, want: Want, now: Situation) -> bool:
        """Whether what was done so far was the look-up that comes before."""
        return self._customs.look_first.get(want.name) in now.settled

    def _completed(self, now: Situation) -> Act | None:
        """The report after a look-up that found nothing, when the customer says it is so."""
        last = now.outcomes[-1]
        tool = self._customs.then.get(last.tool)
        wanted = tool in now.tools and tool not in now.settled and suffers(now.heard)
        if tool is None or not wanted or last.status != "done" or found(last.data):
            return None
        return self._call(tool, now.heard, "", now)

    @staticmethod
    def _with_all(want: Want, wants: list[Want]) -> Want:
        """A hand-off tells the next agent of every wish: it may see nothing else."""
        if want.kind != "agent" or len(wants) == 1:
            return want
        return replace(want, phrase="; ".join(dict.fromkeys(w.phrase for w in wants if w.phrase)))

    def _wants(self, now: Situation, meaning: Meaning) -> list[Want]:
        """The wishes of a message, in their order; always at least one."""
        whole = self._weigh(meaning.whole, now)
        parts = [self._weigh(clause, now) for clause in meaning.clauses]
        wishes = [p for p in parts if p.kind != "talk" or p.name in ("person", "follow_up")]
        sure = [p for p in wishes if p.sureness >= SURE_OF_SEVERAL]
        distinct = list({(p.kind, p.name): p for p in sure}.values())
        if len(distinct) > 1:
            return distinct[:MOST_WANTS]
        best = max(wishes, key=lambda p: p.sureness, default=whole)
        unclear = whole.kind == "talk" and whole.name not in ("person", "follow_up")
        return [best if unclear or best.sureness > whole.sureness + 0.15 else whole]

    def _weigh(self, clause: Clause, now: Situation) -> Want:
        """The likeliest domain of a clause, and within the agent's own the likeliest tool."""
        guesses = [g for g in clause.guesses if self._borne_out(g.label, clause.text, now)]
        mass: dict[str, float] = {}
        for guess in guesses:
            domain = self._domain(guess.label, now)
            likelier = OWN if domain == now.agent else 1.0
            mass[domain] = mass.get(domain, 0.0) + guess.probability * likelier
        domain = max(mass, key=lambda name: mass[name])
        sureness = min(mass[domain], 1.0)
        near = max(guess.nearness for guess in guesses)
        of_domain = [g for g in guesses if self._domain(g.label, now) == domain]
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

    def _domain(self, label: str, now: Situation) -> str:
        if label.startswith(TALK):
            return label
        if label.startswith(AGENT):
            return label.removeprefix(AGENT)
        elsewhere = self._customs.hand_over.get(label)
        if elsewhere and elsewhere != now.agent and self._route(elsewhere, now):
            return elsewhere
        return now.agent if label in now.tools else self._holder(label, now)

    def _holder(self, tool: str, now: Situation) -> str:
        """The agent to ask for a tool: one we reach directly, the hub last."""
        holders = [a for a in self._catalogue.holders.get(tool, ()) if a != now.agent]
        holders.sort(key=lambda a: (a == self._catalogue.hub, self._direct(a, now) is None, a))
        return holders[0] if holders else self._catalogue.hub

    # How it is done

    def _step(self, want: Want, now: Situation) -> Act | Say:
        if want.kind == "agent":
            return self._handover(want.name, now, want)
        if want.kind == "tool":
            return self._use(want, now)
        if want.name == "person" and "escalate_human" in now.tools:
            return self._call("escalate_human", want.text, want.phrase, now)
        if want.name == "follow_up":
            return self._follow_up(want, now)
        return Say(want.name)

    def _use(self, want: Want, now: Situation) -> Act:
        first = self._customs.look_first.get(want.name)
        seen = next((o for o in now.outcomes if o.tool == first), None)
        if first in now.tools and first is not None and (seen is None or found(seen.data)):
            return self._call(first, want.text, want.phrase, now)
        return self._call(want.name, want.text, want.phrase, now)

    def _follow_up(self, want: Want, now: Situation) -> Act | Say:
        """Read again what the thread is about; ask nothing."""
        topics = list(now.brief.get("collected") or {})
        known = [t for t in reversed(topics) if t in self._customs.follow_up]
        known.sort(key=lambda t: self._customs.looked_after.get(t) != now.agent)
        for topic in known:
            for tool in self._customs.follow_up[topic]:
                if tool in now.tools and self._domain(tool, now) == now.agent:
                    return self._call(tool, want.text, want.phrase, now)
            target = self._customs.looked_after.get(topic)
            if target and target != now.agent and self._route(target, now):
                return self._handover(target, now, Want("agent", target, 1, want.text, topic))
        return Say("no_news")

    def _handover(self, target: str, now: Situation, want: Want) -> Act | Say:
        tool = self._route(target, now)
        return self._call(tool, want.text, want.phrase, now) if tool else Say("cannot")

    def _route(self, target: str, now: Situation) -> str | None:
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

    def _call(self, tool: str, text: str, phrase: str, now: Situation) -> Act:
        heard = self._heard(tool, text, phrase, now)
        return Act(tool, fill.arguments(tool, now.tools[tool], heard))

    def _heard(self, tool: str, text: str, phrase: str, now: Situation) -> fill.Heard:
        return fill.Heard(text, phrase, now, now.tools.get(tool, {}), tool)


_SUFFERS = re.compile(
    r"\b(?:no (?:power|lights?|electric\w*|gas)|without|(?:is|are|went|go|goes|gone|all) "
    r"(?:out|off|dark|dead)|power'?s? (?:out|off)|lost (?:power|electric\w*)|flicker\w*|dark|"
    r"outage|no (?:hay|tengo) luz|doesn'?t work)\b",
    re.IGNORECASE,
)
_ASKING = re.compile(
    r"\b(?:is|are) there (?:an? |any )?|\bdo you know (?:of|about)\b", re.IGNORECASE
)


def suffers(text: str) -> bool:
    """Whether somebody says that they are without, rather than asks whether others are."""
    return _SUFFERS.search(text) is not None and _ASKING.search(text) is None


def found(data: Mapping[str, Any]) -> bool:
    """Whether a look-up came back with something."""
    verdicts = [
        data[key] for key in ("found", "known", "active", "outage", "outages") if key in data
    ]
    return all(verdicts) if verdicts else bool(data)
