"""What follows from what we told or offered: a yes, one of several, "and in August?"."""

from __future__ import annotations

import re

from contracts.language import speaking, t
from models.local import fill
from models.local.figures import digits
from models.local.moves import Act, Moves, Say, offers_person
from models.local.options import pick
from models.local.patterns import (
    ABOUT_IT,
    AGREES,
    ASKS,
    BREAKS_DOWN,
    CODE_SENT,
    FIGURES,
    GOES_ON,
    HEARD,
    HOW_IT_GOES,
    HOW_LONG,
    HOW_MUCH,
    OFFERING,
    OWN_PLAN,
    PERIOD,
    RATE,
    REFUSES,
    REMEDY,
    TAKES,
    THANKS,
    UNDO,
    WHICH_SERVICE,
    is_fragment,
)
from models.local.phrasing import sentences_of
from models.local.reading import Outcome, Situation, suffers
from models.local.shape import sentences
from models.local.spanish import in_english
from models.local.understand import Meaning, Understanding, unfilled
from models.local.wishes import Customs, Want, Wishes

SURELY = 0.6
MOST_TOLD = 2
_PLAN = "setup_payment_plan"
_TIPS = "get_efficiency_tips"
_CHARGE = "charge_type"
_CANCEL = "cancel_appointment"
_CALL_BACK = "schedule_callback"
_SUBSCRIBE = "subscribe_outage_updates"
_NEWS, _DUE = "outage_news", "payment_due"  # topics of what was told unasked
_BILL = "get_current_bill"
SHORT = 5  # words


class Following:
    """Reads what was just said in the light of what was told before. Pure."""

    def __init__(
        self, understanding: Understanding, customs: Customs, wishes: Wishes, moves: Moves
    ) -> None:
        self._understanding = understanding
        self._customs = customs
        self._wishes = wishes
        self._moves = moves

    def after(self, now: Situation, meaning: Meaning) -> Act | Say | None:
        """The move that goes on from what was told; None where nothing follows."""
        return (
            self._chosen(now, meaning)
            or self._offer(now, meaning)
            or self._which_service(now)
            or self._elliptic(now)
            or self._varied(now)
            or self._about_it(now)
            or self._combined(now)
            or self.on_topic(now)
            or self._undone(now)
            or self._blocked(now)
            or self._retried(now)
        )

    # A yes

    def agreed(self, now: Situation, meaning: Meaning) -> Act | Say | None:
        """A bare yes or no to our own question: the yes means what the question offers."""
        question = self._question(now)
        if not question or len(now.heard.split()) > 5:
            return None
        if meaning.no and REFUSES.match(now.heard):
            return Say("no")
        # To an offer that is no question "ok" may just mean that it was heard.
        heard_only = not question.endswith("?") and HEARD.match(now.heard)
        if heard_only or THANKS.match(now.heard) or not AGREES.match(now.heard):
            return None
        if question in sentences_of(now.language)["details"]:
            return Say("rest")
        return self._offered(question, now)

    def _offered(self, question: str, now: Situation) -> Act | Say | None:
        """What a question of ours offers to do."""
        if offers_person(question):
            return self._moves.person(Want("talk", "person", 1, now.heard), now)
        last = now.earlier[-1] if now.earlier else None
        if last and (followed := self._followed(last, now)):
            return followed
        want = self._wishes.weigh(self._understanding.read(question).whole, now)
        named = want.kind != "talk" or want.name == "person"
        return self._moves.step(want, now) if named else None

    @staticmethod
    def _question(now: Situation) -> str:
        """What we offered last, but for what the graph takes up itself: a read-back, a move."""
        read_back = str((now.brief.get("pending") or {}).get("read_back") or "")
        if now.brief.get("offer") or (read_back and read_back in now.last_reply):
            return ""
        return next((s for s in reversed(sentences(now.last_reply)) if _offers(s, now)), "")

    def _followed(self, last: Outcome, now: Situation) -> Act | Say | None:
        """What comes after a look-up, when the customer wants it."""
        if more := self._more(last, now):
            return Say("more", {"text": more})
        tool = self._customs.goes_on.get(last.tool)
        if tool is None or tool not in now.tools:
            return None
        found = self._moves.call(tool, last.say, "", now).args
        found.pop("reason", None)  # that is theirs to say
        return Act(tool, self._carried(tool, last, now) | found)

    def _more(self, last: Outcome, now: Situation) -> str:
        """What a look-up found and was not said yet, as its data has it."""
        listed, _, field = self._customs.tells.get(last.tool, "").partition(".")
        found = last.data.get(listed)
        known = [one for one in found if isinstance(one, dict)] if isinstance(found, list) else []
        with speaking(now.language):
            told = [
                f"{t(str(one['name']))}: {t(str(one[field]))}"
                for one in known
                if {"name", field} <= one.keys()
            ]
        return " ".join(told[:MOST_TOLD])

    def _offer(self, now: Situation, meaning: Meaning) -> Act | Say | None:
        offer = now.brief.get("offer")
        if not offer or offer.get("status", "open") != "open" or len(now.heard.split()) > 8:
            return None
        if meaning.no:
            return Say("stay")
        if meaning.yes and "execute_channel_handoff" in now.tools:
            return self._moves.call("execute_channel_handoff", now.heard, "", now)
        return None

    # One of what was found

    def _chosen(self, now: Situation, meaning: Meaning) -> Act | None:
        """One of the things that a look-up found, by its place, its words, or a day and time."""
        last = now.earlier[-1] if now.earlier else None
        tool = self._customs.goes_on.get(last.tool) if last and last.status == "done" else None
        if last is None or tool is None or tool not in now.tools or len(now.heard.split()) > 10:
            return None
        if ASKS.match(unfilled(now.heard)):
            return None
        option = pick(now.heard, last.options)
        heard = self._moves.heard(tool, option.id if option else now.heard, "", now)
        said = fill.named(tool, now.tools[tool], heard)
        top = self._wishes.weigh(meaning.whole, now)
        other = top.kind != "talk" and top.name != tool and top.sureness > SURELY
        if not said or (option is None and other and not is_fragment(digits(now.heard))):
            return None
        return Act(tool, self._carried(tool, last, now) | said)

    @staticmethod
    def _carried(tool: str, last: Outcome, now: Situation) -> dict[str, object]:
        """What the look-up was about goes into the call that follows from it."""
        wanted = now.tools[tool].get("parameters", {}).get("properties", {})
        known = {k: v for k, v in last.data.items() if k in wanted and isinstance(v, str)}
        address = last.args.get("address")
        named = address is not None and "service_address" in wanted
        return known | ({"service_address": address} if named else {})

    # The same once more, but for something

    def _elliptic(self, now: Situation) -> Act | None:
        """ "And in August?": what was looked up last, with what is named now."""
        last = now.earlier[-1] if now.earlier else None
        if last is None or not GOES_ON.match(now.heard) or len(now.heard.split()) > 7:
            return None
        tool = self._customs.goes_into.get(last.tool, last.tool)
        heard = self._moves.heard(tool, now.heard, "", now, last.args)
        if tool not in now.tools or last.status != "done":
            return None
        named = fill.dated(tool, now.tools[tool], heard)
        kept = last.args if tool == last.tool else {}
        return Act(tool, {**kept, **named}) if named else self._about(last, now)

    @staticmethod
    def _which_service(now: Situation) -> Act | Say | None:
        """ "No, the gas one", of two meters."""
        last = now.earlier[-1] if now.earlier else None
        found = WHICH_SERVICE.match(now.heard)
        if last is None or found is None or last.tool not in now.tools:
            return None
        gas = found["service"].lower() == "gas"
        wanted = now.tools[last.tool].get("parameters", {}).get("properties", {})
        if "reading" in wanted:
            shown = re.sub(r"\D", "", str(last.args.get("reading", "")))
            question = {"question": now.asking.question} if now.asking else {}
            asks = Say("asked_again", question) if question else None
            return Act(last.tool, {"reading": f"gas {shown}" if gas else shown}) if shown else asks
        named = {"meter_type": "gas" if gas else "smart electric", "reason": found["service"]}
        about = next((name for name in named if name in wanted), None)
        return Act(last.tool, last.args | {about: named[about]}) if about else None

    def _about(self, last: Outcome, now: Situation) -> Act | None:
        """ "And the taxes?": what was explained last, of something else."""
        wanted = now.tools.get(last.tool, {}).get("parameters", {}).get("properties", {})
        about = next((name for name in fill.TOPICS if name in wanted), None)
        words = GOES_ON.sub("", now.heard).strip(" ?.!¿¡")
        if about is None or not words or len(words.split()) > SHORT or suffers(now.heard):
            return None
        said = in_english(words)
        if PERIOD.search(said):
            return (
                Act(last.tool, {about: f"high bill against {said}"}) if about == _CHARGE else None
            )
        return Act(last.tool, last.args | {about: said})

    def _undone(self, now: Situation) -> Act | Say | None:
        """ "Cancel it": the visit that was just booked."""
        booked = "appointment" in (now.brief.get("collected") or {})
        if not booked or now.brief.get("pending") or not UNDO.match(now.heard):
            return None
        return self._moves.towards(_CANCEL, now)

    def _varied(self, now: Situation) -> Act | Say | None:
        """ "Two hours a day": what was looked up last, with what is named now."""
        last = now.earlier[-1] if now.earlier else None
        if last is None or last.status != "done" or last.tool not in now.tools:
            return None
        looked = re.match(self._customs.looks_up, last.tool) is not None
        if last.tool == _SUBSCRIBE and len(now.heard.split()) <= SHORT:
            return self._renamed(last, now)
        bare = GOES_ON.sub("", digits(now.heard))
        if last.tool == _CALL_BACK and is_fragment(digits(now.heard)):
            return self._renamed(last, now)
        if not looked or not (FIGURES.match(bare) or self._supposes(now)):
            return None
        heard = self._moves.heard(last.tool, now.heard, "", now, last.args)
        named = fill.named(last.tool, now.tools[last.tool], heard)
        return Act(last.tool, last.args | named) if named else None

    def _renamed(self, last: Outcome, now: Situation) -> Act | Say | None:
        """ "By text": how, of what was just done."""
        heard = self._moves.heard(last.tool, now.heard, "", now, last.args)
        named = fill.named(last.tool, now.tools[last.tool], heard)
        if named and all(value in last.data.values() for value in named.values()):
            return Say("so_already")
        return Act(last.tool, last.args | named) if named else None

    def _combined(self, now: Situation) -> Act | None:
        """ "What about gas?", after "how much did I use": both together say what is meant."""
        words = GOES_ON.sub("", now.heard).strip(" ?.!¿¡")
        bare = not GOES_ON.match(now.heard) or len(words.split()) > 2 or suffers(now.heard)
        if bare or not now.earlier or not now.heard_before:
            return None
        both = self._understanding.read(f"{now.heard_before.strip(' ?.!¿¡')} {words}")
        want = self._wishes.weigh(both.whole, now)
        step = self._moves.step(want, now) if want.kind == "tool" else None
        return step if isinstance(step, Act) else None

    @staticmethod
    def _supposes(now: Situation) -> bool:
        """ "And if I charge it two hours?"."""
        short = len(now.heard.split()) <= 9
        return short and re.match(r"^\W*(?:and |what |y )?(?:if|si)\b", now.heard, re.I) is not None

    def _about_it(self, now: Situation) -> Act | Say | None:
        """ "When was it again?": what was told last, once more."""
        newest = next(reversed(now.brief.get("collected") or {}), "")
        if TAKES.match(now.heard) and newest in (_NEWS, "outage"):
            return self._moves.step(Want("talk", "follow_up", 1, now.heard), now)
        if not ABOUT_IT.match(now.heard) or not now.last_reply:
            return None
        if HOW_LONG.match(now.heard) and (now.agent == "outage" or suffers(now.heard_before)):
            return None
        if (looked_at := self._unasked(newest, now)) is not None:
            return looked_at
        if now.asking is not None:
            return Say("asked_again", {"question": now.asking.question})
        return Say("confirm_again" if now.brief.get("pending") else "repeat")

    def _unasked(self, topic: str, now: Situation) -> Act | Say | None:
        """What was told unasked, as it is now; a call said no amount."""
        if HOW_LONG.match(now.heard) and topic == _NEWS:
            return self._moves.step(Want("talk", "follow_up", 1, now.heard), now)
        if HOW_MUCH.match(now.heard) and topic == _DUE and "$" not in now.last_reply:
            return self._moves.towards(_BILL, now)
        return None

    # What the topic at hand makes of it

    def on_topic(self, now: Situation) -> Act | Say | None:
        """What the topic at hand makes of a few words, for whoever has the floor."""
        return self._plan(now) or self._remedy(now) or self._broken_down(now)

    def _broken_down(self, now: Situation) -> Act | Say | None:
        """ "Break it down": the bill that was just told, line by line."""
        last = now.earlier[-1].tool if now.earlier else ""
        if last not in _BILLS or not BREAKS_DOWN.search(now.heard):
            return None
        return self._moves.towards(_LINES, now, "break down my bill")

    def _plan(self, now: Situation) -> Act | Say | None:
        """ "My plan" is the one that pays off bills where that is the topic, not the rate."""
        topics = now.brief.get("collected") or {}
        last = now.earlier[-1].tool if now.earlier else ""
        if OWN_PLAN.search(now.heard) and HOW_IT_GOES.search(now.heard):
            return self._moves.towards(_PLAN, now, "how is my payment plan going")
        spoken_of = last == _PLAN or (now.agent == "billing" and "payment_plan" in topics)
        named = OWN_PLAN.search(now.heard) and not RATE.search(now.heard)
        if not named or not spoken_of or _PLAN not in now.tools or len(now.heard.split()) > 8:
            return None
        return Act(_PLAN, now.asking.args if now.asking and now.asking.tool == _PLAN else {})

    def _remedy(self, now: Situation) -> Act | Say | None:
        """ "What can I do about it?", after figures that are too high."""
        last = now.earlier[-1].tool if now.earlier else ""
        if (last not in self._customs.goes_into and last not in _HIGH) or len(
            now.heard.split()
        ) > 12:
            return None
        if not REMEDY.search(now.heard):
            return None
        return self._moves.towards(_TIPS, now, "how can I lower my bill")

    def _retried(self, now: Situation) -> Act | None:
        """ "No sorry, 48231", after a figure that could not be used."""
        last = now.earlier[-1] if now.earlier else None
        if last is None or last.status != "cannot" or last.tool not in now.tools:
            return None
        again = self._renamed(last, now) if is_fragment(digits(now.heard)) else None
        if not isinstance(again, Act):
            return None
        return again if any(again.args[k] != v for k, v in last.args.items()) else None

    def _blocked(self, now: Situation) -> Act | Say | None:
        """A call that waits until it is clear who asks: it may be wanted otherwise meanwhile."""
        last = now.earlier[-1] if now.earlier else None
        if last is None or not last.unproven or last.tool not in now.tools:
            return None
        if AGREES.match(now.heard):
            key = "prove_code" if CODE_SENT.search(now.last_reply) else "prove"
            thanked = {"question": sentences_of(now.language)[key][0]}
            return Say("thanked", thanked) if THANKS.match(now.heard) else Say(key)
        bare = unfilled(now.heard)
        if len(bare.split()) > 14 or ASKS.match(bare):
            return None
        heard = self._moves.heard(last.tool, now.heard, "", now, last.args)
        named = fill.named(last.tool, now.tools[last.tool], heard)
        return Act(last.tool, last.args | named) if named else None


_LINES = "get_bill_breakdown"
_BILLS = frozenset({"get_current_bill", "get_bill_history", "get_payment_status", _LINES})
_HIGH = frozenset(
    {
        "explain_charges",
        "get_usage_comparison",
        "get_usage_breakdown",
        "compare_to_neighbors",
        "get_bill_breakdown",
    }
)


def _offers(sentence: str, now: Situation) -> bool:
    ours = sentence in sentences_of(now.language)["details"]
    return ours or OFFERING.search(sentence) is not None
