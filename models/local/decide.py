"""What to do next: call a tool, hand over, or say something."""

from __future__ import annotations

import re
from dataclasses import replace

from models.local.answers import Answers
from models.local.catalogue import Catalogue
from models.local.figures import digits
from models.local.moves import Act, Moves, Say
from models.local.patterns import AGREES, ASKS, GOES_ON, is_fragment
from models.local.reading import Situation, found, suffers
from models.local.understand import Meaning, Understanding
from models.local.wishes import VERIFY, Customs, Want, Wishes

_PAY = "process_payment"
MOST_CALLS = 6  # in a turn
_WAITS = frozenset({"confirm", "ask_again", "failed", "refused_by_customer", "expired"})
_NOT_AN_ANSWER = frozenset({"unclear", "yes", "okay"})


class Mind:
    """Decides. Pure: the same situation gives the same move."""

    def __init__(
        self, understanding: Understanding, catalogue: Catalogue, customs: Customs
    ) -> None:
        self._understanding = understanding
        self._catalogue = catalogue
        self._customs = customs
        self._wishes = Wishes(catalogue, customs)
        self._moves = Moves(understanding, catalogue, customs, self._wishes)
        self._answers = Answers(understanding, customs, self._wishes, self._moves)

    def decide(self, now: Situation) -> Act | Say:
        """The next move. Never a call that was answered in this turn, but for one choice of what
        it offered."""
        if now.brief.get("leaving") and not now.outcomes:
            return Say("goodbye")
        return self._move(now)

    def _move(self, now: Situation) -> Act | Say:
        told = [o for o in now.outcomes if o.tool not in self._catalogue.handoffs]
        if len(told) < MOST_CALLS and (chosen := self._answers.said_at_once(now)):
            return chosen
        if any(outcome.status in _WAITS for outcome in told) or len(told) >= MOST_CALLS:
            return Say("outcomes")
        meaning = self._understanding.read(now.heard)
        move = self._answers.to_us(now, meaning) or self._wished(now, meaning, bool(told))
        if isinstance(move, Act):
            return self._telling(move, now, meaning)
        missed = move.key in _NOT_AN_ANSWER and not now.outcomes
        if missed and now.asking is not None:
            if "?" in now.heard or ASKS.match(now.heard):
                return Say("asked_back", {"question": now.asking.say})
            return Say("asked_again", {"question": now.asking.question})
        return move

    def _telling(self, move: Act, now: Situation, meaning: Meaning) -> Act:
        """What was asked beside a deed is told before it is read back, which ends the turn; not
        what was looked up for the deed alone."""
        if not self._moves.reads_back(move.tool, now):
            return move
        wished = {want.name for want in self._wishes.wants(now, meaning)}
        serve = {self._customs.balance_from.get(move.tool), self._customs.look_first.get(move.tool)}
        idle = {VERIFY, *self._catalogue.handoffs, *(serve - wished)}
        tells = tuple(o for o in now.outcomes if o.status == "done" and o.tool not in idle)
        return replace(move, tells=tells)

    # What the customer wants

    def _wished(self, now: Situation, meaning: Meaning, told: bool) -> Act | Say:
        """A fragment, "10 months", "tomorrow at 2", is no wish that leads to another desk, and of
        this one's tools it means none that has no use for it."""
        fragment = not (told or now.briefed) and is_fragment(digits(now.heard))
        if fragment and _PAY in now.tools and re.search(r"\$|¢|dollars?|cents?", digits(now.heard)):
            return self._moves.call(_PAY, now.heard, "", now)
        move = self._next_wish(now, meaning, told)
        if move == Say("off_topic") and GOES_ON.match(now.heard) and now.replies:
            return Say("topic")  # "what about the fridge": of what we were at
        if isinstance(move, Act) and meaning.yes and not told and AGREES.match(now.heard):
            return Say("yes")  # to nothing that was asked
        if not fragment or not isinstance(move, Act):
            return move
        if move.tool in self._catalogue.handoffs or not self._moves.named(move.tool, now):
            return Say("unclear")
        return move

    def _next_wish(self, now: Situation, meaning: Meaning, told: bool) -> Act | Say:
        asked = self._wishes.wants(now, meaning)
        wants = [want for want in asked if not self._met(want, now)] or asked
        open_wants = [w for w in wants if w.kind != "tool" or w.name not in now.settled]
        steps = [self._moves.step(self._with_all(want, open_wants), now) for want in wants]
        if not told and (own := self._own_first(steps, now)) is not None:
            return own
        # Whoever was handed the floor just now has yet to do what for; but who must be verified
        # for it is told first what was found already.
        handed = bool(now.outcomes) and now.outcomes[-1].tool in self._catalogue.handoffs
        handed = handed and now.verified
        for want, step in self._in_order(wants, steps, now, told=told):
            # The graph may have made a call of its own, for what was asked before: a single
            # wish that was answered is not looked for once more.
            open_still = not told or handed or len(wants) > 1 or self._goes_on(want, now)
            if open_still and isinstance(step, Act) and step.tool not in now.settled:
                return step
        last = steps[-1]
        if told:
            several = {"several": "yes"} if len(wants) > 1 else {}
            return self._completed(now) or Say("outcomes", several)
        said = last.key if isinstance(last, Say) else ""
        meant = said == "topic" or (now.briefed and (said != "unserved" or suffers(now.heard)))
        tool = self._customs.on_entry.get(now.agent)
        if meant and tool in now.tools and tool is not None:
            return self._moves.call(tool, now.heard, "", now)
        return last if isinstance(last, Say) else Say("unclear")

    def _met(self, want: Want, now: Situation) -> bool:
        """Whether another desk's tool for it has answered in this turn already."""
        best = self._understanding.read(want.text).whole.best.label
        return want.kind == "agent" and best in now.settled

    def _own_first(self, steps: list[Act | Say], now: Situation) -> Act | None:
        """Who was called in for an outage looks at it before it hands on what else is wished."""
        tool = self._customs.on_entry.get(now.agent)
        acts = [step for step in steps if isinstance(step, Act)]
        leaves = acts and all(act.tool in self._catalogue.handoffs for act in acts)
        if not leaves or not now.briefed or not suffers(now.heard):
            return None
        return self._moves.call(tool, now.heard, "", now) if tool in now.tools and tool else None

    def _in_order(
        self, wants: list[Want], steps: list[Act | Say], now: Situation, *, told: bool
    ) -> list[tuple[Want, Act | Say]]:
        """Who starts with a clean sheet comes first: what was found before is not known there.
        And that one does its own before it hands on the rest. What is read back ends the turn."""
        pairs = list(zip(wants, steps, strict=True))
        reach = self._catalogue.handoffs

        def place(pair: tuple[Want, Act | Say]) -> int:
            step = pair[1]
            leads = reach.get(step.tool) if isinstance(step, Act) else None
            if leads in self._customs.on_entry:
                return 0
            if isinstance(step, Act) and self._moves.reads_back(step.tool, now):
                return 3
            return 2 if leads and now.briefed else 1

        return pairs if told else sorted(pairs, key=place)

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
        return self._moves.call(tool, now.heard, "", now)

    @staticmethod
    def _with_all(want: Want, wants: list[Want]) -> Want:
        """A hand-off tells the next agent of every open wish: it may see nothing else."""
        if want.kind != "agent" or len(wants) < 2:
            return want
        return replace(want, phrase="; ".join(dict.fromkeys(w.phrase for w in wants if w.phrase)))
