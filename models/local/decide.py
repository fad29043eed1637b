"""What to do next: call a tool, hand over, or say something."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from models.local import fill, slots
from models.local.catalogue import Catalogue
from models.local.reading import Situation
from models.local.understand import Meaning, Understanding, unfilled
from models.local.wishes import PERSON, Customs, Want, Wishes

MOST_CALLS = 6  # in a turn
_WAITS = frozenset({"confirm", "ask_again", "failed", "refused_by_customer", "expired"})
_ASKS = re.compile(
    r"^(?:what|how|when|why|where|who|which|is|are|does|did|was|"
    r"can i(?! (?:pay|use|make|do|change|put|give)))\b",
    re.IGNORECASE,
)
_OFFERING = re.compile(
    r"\b(?:would you like|shall i|should i|do you want|can i|i can|is this about)\b", re.IGNORECASE
)
_AGREES = re.compile(
    r"^\W*(?:(?:y|yes|yeah|yep|yup|sure|ok|okay|please|do|that|it|go ahead|let's|i would|i'd like|"
    r"sounds good|great|good|fine|why not|of course|absolutely|thanks|thank you|s[ií]|por favor|"
    r"claro)\b\W*)+$",
    re.IGNORECASE,
)
# Nothing but what proves who somebody is, as it is kept: "account [removed], zip [removed]".
_PROVEN = re.compile(
    r"^\W*(?:(?:(?:it|that)'s|my|the|and|is|account|number|zip|code|birth\w*|date|of|born|on|ssn|"
    r"social|last|four)\b\W*|\[[^\]]*\]\W*)*\[[^\]]*\]\W*$",
    re.IGNORECASE,
)
_PERSON = re.compile(r"\b(?:person|people|colleagues?)\b", re.IGNORECASE)
_AND = re.compile(r"^\W*(?:and|or|what about|how about|and what about|y)\b", re.IGNORECASE)


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


class Mind:
    """Decides. Pure: the same situation gives the same move."""

    def __init__(
        self, understanding: Understanding, catalogue: Catalogue, customs: Customs
    ) -> None:
        self._understanding = understanding
        self._catalogue = catalogue
        self._customs = customs
        self._wishes = Wishes(catalogue, customs)

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
        if _PROVEN.match(now.heard) and now.verified:
            return Say("verified")
        return (
            self._amended(now, meaning)
            or self._supplied(now, meaning)
            or self._offer(now, meaning)
            or self._agreed(now, meaning)
            or self._elliptic(now)
        )

    def _amended(self, now: Situation, meaning: Meaning) -> Act | Say | None:
        """A call waits for a yes, and the customer wants it otherwise."""
        pending = now.brief.get("pending")
        if not pending:
            return None
        tool, args = str(pending["tool"]), dict(pending.get("args") or {})
        otherwise = self._otherwise(tool, args, now)
        if otherwise is not None:
            if tool in now.tools:
                return Act(tool, otherwise)
            holder = self._wishes.holder(tool, now)
            return self._handover(holder, now, Want("tool", tool, 1, now.heard))
        if any(want.is_wish for want in self._wishes.wants(now, meaning)):
            return None
        if meaning.no:
            return Say("left")
        asks_back = meaning.yes and len(now.heard.split()) <= 6 and tool in now.tools
        return Say("confirm_again") if asks_back else None

    def _otherwise(self, tool: str, args: dict[str, Any], now: Situation) -> dict[str, Any] | None:
        """The arguments as they are wanted now; None where nothing of them was named."""
        changes = self._changes(tool, args, now)
        bare = unfilled(now.heard)
        less = slots.partial(bare) and slots.money(bare) is None and "amount" not in changes
        if less and "amount" in args and not _ASKS.match(bare) and tool in now.tools:
            # "A little less": how much is theirs to say, so the tool asks.
            return {k: v for k, v in (args | changes).items() if k != "amount"}
        reached = tool in now.tools or self._wishes.route(self._wishes.holder(tool, now), now)
        return args | changes if changes and reached else None

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
        named = slots.money(now.heard) or slots.share(now.heard) or slots.whole(now.heard)
        if not named:
            said.pop("amount", None)
        free = {"reason", "concern", "description"}
        return {k: v for k, v in said.items() if k in args and v != args[k] and k not in free}

    def _supplied(self, now: Situation, meaning: Meaning) -> Act | None:
        """A tool had asked for something, and here it is."""
        asking = now.asking
        if asking is None or asking.tool not in now.tools:
            return None
        top = self._wishes.weigh(meaning.whole, now)
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
        if not _AGREES.match(now.heard):
            return None
        if _PERSON.search(question):
            return self._person(Want("talk", "person", 1, now.heard), now)
        want = self._wishes.weigh(self._understanding.read(question).whole, now)
        return self._step(want, now) if want.kind != "talk" or want.name == "person" else None

    def _elliptic(self, now: Situation) -> Act | None:
        """ "And in August?": what was looked up last, with what is named now."""
        last = now.earlier[-1] if now.earlier else None
        if last is None or not _AND.match(now.heard) or len(now.heard.split()) > 7:
            return None
        tool = self._customs.goes_into.get(last.tool, last.tool)
        heard = self._heard(tool, now.heard, "", now)
        if tool not in now.tools or last.status != "done":
            return None
        named = fill.dated(tool, now.tools[tool], heard)
        kept = last.args if tool == last.tool else {}
        return Act(tool, {**kept, **named}) if named else None

    # What the customer wants

    def _next_wish(self, now: Situation, meaning: Meaning, told: bool) -> Act | Say:
        wants = self._wishes.wants(now, meaning)
        open_wants = [w for w in wants if w.kind != "tool" or w.name not in now.settled]
        steps = [self._step(self._with_all(want, open_wants), now) for want in wants]
        # Whoever was handed the floor just now has yet to do what for; but who must be verified
        # for it is told first what was found already.
        handed = bool(now.outcomes) and now.outcomes[-1].tool in self._catalogue.handoffs
        handed = handed and now.verified
        for want, step in zip(wants, steps, strict=True):
            # The graph may have made a call of its own, for what was asked before: a single
            # wish that was answered is not looked for once more.
            open_still = not told or handed or len(wants) > 1 or self._goes_on(want, now)
            if open_still and isinstance(step, Act) and step.tool not in now.settled:
                return step
        last = steps[-1]
        if told:
            return self._completed(now) or Say("outcomes")
        said = last.key if isinstance(last, Say) else ""
        meant = said == "topic" or (now.briefed and (said != "unserved" or suffers(now.heard)))
        tool = self._customs.on_entry.get(now.agent)
        if meant and tool in now.tools and tool is not None:
            return self._call(tool, now.heard, "", now)
        return last if isinstance(last, Say) else Say("unclear")

    def _goes_on(self, want: Want, now: Situation) -> bool:
        """Whether what was done so far was the look-up that comes before."""
        before = {
            self._customs.look_first.get(want.name),
            self._customs.balance_from.get(want.name),
        }
        return not before.isdisjoint(now.settled) and want.name not in now.settled

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
        """A hand-off tells the next agent of every open wish: it may see nothing else."""
        if want.kind != "agent" or len(wants) < 2:
            return want
        return replace(want, phrase="; ".join(dict.fromkeys(w.phrase for w in wants if w.phrase)))

    # How it is done

    def _step(self, want: Want, now: Situation) -> Act | Say:
        if want.kind == "agent":
            return self._handover(want.name, now, want)
        if want.kind == "tool":
            return self._use(want, now)
        if want.name == "person" and PERSON in now.tools:
            return self._person(want, now)
        if want.name == "follow_up":
            return self._follow_up(want, now)
        return Say(want.name)

    def _person(self, want: Want, now: Situation) -> Act:
        """Whoever takes over is told of what we could not help with, rather than of the asking."""
        before = self._understanding.read(now.heard_before).whole if now.heard_before else None
        wish = self._wishes.weigh(before, now) if before else want
        offered = _PERSON.search(now.last_reply) and wish.is_wish and wish.phrase
        return self._call(PERSON, want.text, wish.phrase if offered else want.phrase, now)

    def _use(self, want: Want, now: Situation) -> Act:
        first = self._customs.look_first.get(want.name)
        seen = next((o for o in now.outcomes if o.tool == first), None)
        if first in now.tools and first is not None and (seen is None or found(seen.data)):
            return self._call(first, want.text, want.phrase, now)
        balance = self._customs.balance_from.get(want.name)
        if balance in now.tools and balance is not None and self._needs_balance(want, now):
            return self._call(balance, want.text, want.phrase, now)
        return self._call(want.name, want.text, want.phrase, now)

    @staticmethod
    def _needs_balance(want: Want, now: Situation) -> bool:
        """Half of what? It can be looked up for whoever is verified."""
        known = fill.balance(now) is not None
        return now.verified and not known and slots.share(want.text) is not None

    def _follow_up(self, want: Want, now: Situation) -> Act | Say:
        """Read again what the thread is about; ask nothing."""
        topics = list(now.brief.get("collected") or {})
        known = [t for t in reversed(topics) if t in self._customs.follow_up]
        known.sort(key=lambda t: self._customs.looked_after.get(t) != now.agent)
        for topic in known:
            for tool in self._customs.follow_up[topic]:
                if tool in now.tools and self._wishes.domain(tool, now) == now.agent:
                    return self._call(tool, want.text, want.phrase, now)
            target = self._customs.looked_after.get(topic)
            if target and target != now.agent and self._wishes.route(target, now):
                return self._handover(target, now, Want("agent", target, 1, want.text, topic))
        return Say("no_news")

    def _handover(self, target: str, now: Situation, want: Want) -> Act | Say:
        tool = self._wishes.route(target, now)
        return self._call(tool, want.text, want.phrase, now) if tool else Say("cannot")

    def _call(self, tool: str, text: str, phrase: str, now: Situation) -> Act:
        heard = self._heard(tool, text, phrase, now)
        return Act(tool, fill.arguments(tool, now.tools[tool], heard))

    def _heard(self, tool: str, text: str, phrase: str, now: Situation) -> fill.Heard:
        return fill.Heard(text, phrase, now, now.tools.get(tool, {}), tool)


_SUFFERS = re.compile(
    r"\b(?:no (?:power|lights?|electric\w*|gas)|without|(?:is|are|went|go|goes|gone|all) "
    r"(?:out|off|dark|dead)|power'?s? (?:out|off)|lost (?:power|electric\w*)|flicker\w*|dark|"
    r"no (?:hay|tengo) luz|doesn'?t work)\b",
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
