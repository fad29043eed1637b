"""What the customer answers to something we asked: to a tool's question, to a read-back."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from models.local import fill, slots
from models.local.figures import digits
from models.local.finders import balance
from models.local.following import Following
from models.local.moves import Act, Moves, Say
from models.local.options import Option, names_other, pick
from models.local.patterns import (
    AGREES,
    ASKS,
    METHOD_ONLY,
    OPEN,
    PROVEN,
    SIGNS_UP,
    THANKS,
    UTMOST,
    is_fragment,
)
from models.local.reading import Asking, Situation
from models.local.understand import Meaning, Understanding, unfilled
from models.local.wishes import VERIFY, Customs, Want, Wishes

_WHICH = ("payment_method", "confirmation_number")  # tell one of several things
_NO_ANSWERS = frozenset(
    {
        "goodbye",
        "thanks",
        "person",
        "follow_up",
        "repeat",
        "greeting",
        "help",
        "robot",
        "upset",
        "who_are_you",
        "who_am_i",
    }
)
SURELY = 0.6
NEAR = 0.6  # cosine; what is further off is no other wish
SHORT = 3  # words; so few are more likely the answer than another wish


class Answers:
    """Reads what was just said in the light of what we said before. Pure."""

    def __init__(
        self, understanding: Understanding, customs: Customs, wishes: Wishes, moves: Moves
    ) -> None:
        self._understanding = understanding
        self._customs = customs
        self._wishes = wishes
        self._moves = moves
        self._following = Following(understanding, customs, wishes, moves)

    def said_at_once(self, now: Situation) -> Act | None:
        """A tool asks in this turn which one is meant, and the customer said it already."""
        last = now.outcomes[-1] if now.outcomes else None
        if last is None or last.status != "ask_again" or not last.options or now.briefed:
            return None
        if sum(outcome.tool == last.tool for outcome in now.outcomes) > 1:
            return None
        option = pick(now.heard, last.options, self._known(now))
        asking = Asking(last.tool, last.args, last.missing, last.say)
        return self._answered(asking, option, now) if option else None

    def to_us(self, now: Situation, meaning: Meaning) -> Act | Say | None:
        """The move that an answer calls for; None where it is no answer."""
        proven = PROVEN.match(now.heard) is not None and now.verified
        if now.outcomes:
            return self._begun(now)
        if now.briefed:
            return None
        if proven:
            return self._resumed(now) or Say("verified")
        return (
            self._supplied(now, meaning)
            or self._following.agreed(now, meaning)
            or self._amended(now, meaning)
            or self._following.after(now, meaning)
        )

    def _begun(self, now: Situation) -> Act | Say | None:
        """What a turn that has begun goes on with: after a check, or with the floor handed over."""
        if {o.tool for o in now.outcomes} == {VERIFY}:
            return self._resumed(now)
        if PROVEN.match(now.heard) and (looked_up_for := self._wanted_with(now)):
            return looked_up_for
        handed = all("handed_over_to" in o.data for o in now.outcomes)
        return self._following.on_topic(now) if handed else None

    @staticmethod
    def _resumed(now: Situation) -> Act | None:
        """A check came between a tool's question and its answer: the question is put again."""
        asking = now.asking
        return Act(asking.tool, asking.args) if asking and asking.tool in now.tools else None

    def _wanted_with(self, now: Situation) -> Act | None:
        """What was wished before the proof, where just its look-up has run: half of the balance."""
        before = self._understanding.read(now.heard_before)
        for want in self._wishes.wants(now, before):
            looked_up = self._customs.balance_from.get(want.name) in now.settled
            if want.kind == "tool" and looked_up and want.name not in now.settled:
                step = self._moves.step(want, now)
                return step if isinstance(step, Act) else None
        return None

    # A call that waits for a yes

    def _amended(self, now: Situation, meaning: Meaning) -> Act | Say | None:
        """It is wanted otherwise."""
        pending = now.brief.get("pending")
        if not pending:
            return None
        tool, args = str(pending["tool"]), dict(pending.get("args") or {})
        otherwise = None if self._another(tool, now, meaning) else self._otherwise(tool, args, now)
        if otherwise is not None:
            if tool in now.tools:
                return Act(tool, otherwise)
            holder = self._wishes.holder(tool, now)
            return self._moves.handover(holder, now, Want("tool", tool, 1, now.heard))
        wants = self._wishes.wants(now, meaning)
        same = [(want.kind, want.name) for want in wants] == [("tool", tool)]
        if same and tool in now.tools and not self._named(tool, now):
            return Act(tool, args)  # wished for once more: read back once more
        return self._unchanged(tool, now, meaning, wants)

    def _named(self, tool: str, now: Situation) -> set[str]:
        """The arguments of a tool that the customer's words name."""
        heard = self._moves.heard(tool, now.heard, "", now)
        return set(fill.named(tool, now.tools[tool], heard))

    def _unchanged(
        self, tool: str, now: Situation, meaning: Meaning, wants: Sequence[Want]
    ) -> Say | None:
        """Nothing of the call is named otherwise: a wish of its own, a refusal, or half a yes."""
        wishes = any(want.is_wish for want in wants)
        if wishes and not (is_fragment(digits(now.heard)) or METHOD_ONLY.match(now.heard)):
            return None
        wanted = now.tools.get(tool, {}).get("parameters", {}).get("properties", {})
        if wanted and "payment_method" not in wanted and slots.payment_method(now.heard):
            return Say("fixed")
        if meaning.no:
            leaves = self._wishes.weigh(meaning.whole, now).name == "goodbye"
            return Say("left_goodbye" if leaves else "left")
        agrees = meaning.yes or SIGNS_UP.match(now.heard) is not None
        asks_back = agrees and len(now.heard.split()) <= 6 and tool in now.tools
        return Say("confirm_again") if asks_back else None

    def _another(self, tool: str, now: Situation, meaning: Meaning) -> bool:
        """Whether another tool of the agent's is clearly wished for."""
        if is_fragment(digits(now.heard)):
            return False
        top = self._wishes.weigh(meaning.whole, now)
        named = top.kind == "tool" and top.name != tool and top.sureness >= SURELY
        best = meaning.whole.best
        return (
            named and best.label == top.name and best.nearness > 0.7 and len(now.heard.split()) > 5
        )

    def _otherwise(self, tool: str, args: dict[str, Any], now: Situation) -> dict[str, Any] | None:
        """The arguments as they are wanted now; None where nothing of them was named."""
        changes = self._changes(tool, args, now)
        bare = unfilled(now.heard)
        less = slots.partial(bare) and slots.money(bare) is None and "amount" not in changes
        # Half of what is owed may be what was read back already.
        less = less and (slots.share(bare) is None or balance(now) is None)
        if less and "amount" in args and not ASKS.match(bare) and tool in now.tools:
            # "A little less": how much is theirs to say, so the tool asks.
            return {k: v for k, v in (args | changes).items() if k != "amount"}
        which = next((name for name in _WHICH if name in args), None)
        other = names_other(bare)
        if which and other and tool in now.tools:
            return args | {which: other}
        reached = tool in now.tools or self._wishes.route(self._wishes.holder(tool, now), now)
        return args | changes if changes and reached else None

    def _changes(self, tool: str, args: dict[str, Any], now: Situation) -> dict[str, Any]:
        """Arguments named outright in a short sentence that is no question."""
        bare = unfilled(now.heard)
        if len(bare.split()) > 14 or ASKS.match(bare):
            return {}
        schema = now.tools.get(tool, {})
        option = pick(bare, now.earlier[-1].options) if now.earlier else None
        text = option.id if option else now.heard
        said = fill.named(tool, schema, self._moves.heard(tool, text, "", now, args))
        if not said and "months" in args and is_fragment(digits(bare)):
            said = {name: n for name, n in (("months", slots.count(bare)),) if n}  # "rather ten"
        return {name: value for name, value in said.items() if value != args.get(name)}

    # A question of a tool's

    def _supplied(self, now: Situation, meaning: Meaning) -> Act | Say | None:
        """A tool had asked for something, and here it is."""
        asking = now.asking
        if asking is None or asking.tool not in now.tools:
            return None
        option = pick(now.heard, now.earlier[-1].options, self._known(now))
        if option:
            return self._answered(asking, option, now)
        if THANKS.match(now.heard):
            return Say("thanked", {"question": asking.question})
        if AGREES.match(now.heard):
            return self._nodded(asking, now)
        return self._told(asking, now, meaning)

    def _told(self, asking: Asking, now: Situation, meaning: Meaning) -> Act | None:
        """What was asked for, or a second thought on the rest; else the words as they stand."""
        schema = now.tools[asking.tool]
        heard = self._moves.heard(asking.tool, now.heard, "", now, asking.args)
        found = fill.asked(asking.tool, schema, asking.missing, heard)
        if found:
            return Act(asking.tool, asking.args | found)
        # "As long as possible": up to what the question named.
        utmost = UTMOST.search(now.heard) and self._meant(asking, asking.say, now)
        if utmost:
            return Act(asking.tool, asking.args | utmost)
        if self._turns_away(now, meaning, asking):
            return None
        if changes := self._changes(asking.tool, asking.args, now):
            # What was refused before is not said once more.
            kept = {k: v for k, v in asking.args.items() if k not in asking.missing}
            return Act(asking.tool, kept | changes)
        name = asking.missing[0]
        value = fill.in_words(name, schema, heard)
        return Act(asking.tool, asking.args | {name: value}) if value is not None else None

    def _nodded(self, asking: Asking, now: Situation) -> Act | Say:
        """A bare yes: to the one thing that the question proposes. To another it says nothing."""
        options = now.earlier[-1].options
        if len(options) == 1:
            return self._answered(asking, options[0], now)
        for text in () if OPEN.search(asking.question) else (asking.question, asking.say):
            if meant := self._meant(asking, text, now):
                return Act(asking.tool, asking.args | meant)
        return Say("asked_again", {"question": asking.question})

    def _meant(self, asking: Asking, text: str, now: Situation) -> dict[str, Any]:
        """What of that which was asked for our own words name."""
        heard = self._moves.heard(asking.tool, text, "", now, asking.args)
        found = fill.asked(asking.tool, now.tools[asking.tool], asking.missing, heard)
        return {name: value for name, value in found.items() if name in asking.missing}

    def _turns_away(self, now: Situation, meaning: Meaning, asking: Asking) -> bool:
        """Whether something else is meant than an answer."""
        top = self._wishes.weigh(meaning.whole, now)
        if meaning.no or top.name == "person":
            return True
        if is_fragment(digits(now.heard)):
            return False
        many = len(now.heard.split()) > SHORT
        if top.kind == "talk":
            told = top.name in _NO_ANSWERS or (top.name == "off_topic" and many)
            return told and top.sureness > SURELY
        near = meaning.whole.best.nearness > (NEAR if many else 0.75)
        return top.sureness > SURELY and near and top.name != asking.tool

    def _answered(self, asking: Asking, option: Option, now: Situation) -> Act:
        """The call with the option's id for what was asked: a whole, or a part for each."""
        schema = now.tools[asking.tool]
        heard = self._moves.heard(asking.tool, option.id, "", now, asking.args)
        if len(asking.missing) == 1:
            return Act(asking.tool, asking.args | {asking.missing[0]: option.id})
        return Act(asking.tool, asking.args | fill.named(asking.tool, schema, heard))

    @staticmethod
    def _known(now: Situation) -> list[str]:
        """What was named so far of that which is to be chosen."""
        last = [*now.earlier[-1:], *now.outcomes[-1:]]
        held = [dict((now.brief.get("pending") or {}).get("args") or {}), *(o.args for o in last)]
        return [str(value) for args in held for value in args.values()]
