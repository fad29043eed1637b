"""channel_router and offer: when lines fill up, callers are offered another channel.

One offer a session, answered once. The router decides before the agent speaks; the offer is
made after its answer, and never beside another question.
"""

from __future__ import annotations

from datetime import datetime, timedelta

from langchain_core.messages import AIMessage
from langgraph.types import Command

from contracts.errors import StoreUnavailable
from contracts.language import t
from contracts.messages import Channel, Choices
from contracts.scenario import Trigger
from contracts.thread import Deferred, HandoffDecision, Offer
from contracts.tooling import Offered, Services
from nodes import wording
from nodes.choices import answers, yes_or_no
from nodes.confirm import asked_last
from nodes.consent import consent
from nodes.farewell import leaving
from nodes.outcomes import offer
from nodes.round import Round
from nodes.settled import settled
from nodes.state import State, TurnState, of_turn, open_offer, rung_of, session_of, with_text

MOVE = "execute_channel_handoff"


class ChannelRouter:
    """channel_router: takes up the answer to an open offer, and decides whether to make one."""

    def __init__(self, services: Services) -> None:
        self._services = services
        self._load = LoadWatch(services)

    async def __call__(self, state: State) -> Command[str]:
        turn = state["turn"]
        standing = open_offer(state)
        agent = state["active_agent"]
        if standing is None:
            leaves = leaving(state)
            decision = None if leaves else await self._decide(state)
            turn = {**turn, "leaves": leaves, "decision": decision}
            # An offer of a session that is over can't be taken any more.
            return Command(update={"turn": turn, "offers": answered(state, "lapsed")}, goto=agent)
        question = standing["question"]
        answer = consent(turn["said"], question)
        if answer == "yes" and standing.get("unheard"):
            return _asked_again(state, standing)
        if answer == "yes" and asked_last(state, question) and answers(turn, question):
            return Command(
                update={"turn": {**turn, "call": self._move(state, standing)}}, goto="tools"
            )
        offers = answered(state, "declined" if answer == "no" else "lapsed")
        if answer == "no":
            text = t(wording.STAYING)
            turn = {**with_text(turn, text), "over": True}
            said = [of_turn(AIMessage(text), turn)]
            return Command(
                update={"turn": turn, "offers": offers, "messages": said}, goto="remember"
            )
        return Command(update={"turn": turn, "offers": offers}, goto=agent)

    @staticmethod
    def _move(state: State, standing: Offer) -> Deferred:
        return {
            "tool": MOVE,
            "args": {
                "target_channel": standing["channel"],
                "handoff_message": settled(state, session_of(state), rung_of(state["turn"])),
            },
            "agent": state["active_agent"],
        }

    async def _decide(self, state: State) -> HandoffDecision | None:
        """Whether to offer a move in this turn; None where none may be offered."""
        turn, policy = state["turn"], self._services.scenario.router
        asked = any(o["session_id"] == turn.get("session_id") for o in state.get("offers", []))
        if turn["channel"] not in policy.from_channels or asked or state.get("pending"):
            return None
        try:
            decision = await self._load.decide(Channel(turn["channel"]))
            if decision["trigger"] is not None:
                decision["channel"] = await self._reachable_on(turn)
        except StoreUnavailable:
            return None
        decision["offer"] = decision["channel"] is not None
        return decision

    async def _reachable_on(self, turn: TurnState) -> str | None:
        """The preferred channel on which this customer has a contact on file."""
        customer = await self._services.records.customers.get(turn["customer_id"])
        if customer is None:
            return None
        reached = {channel for contact in customer.contacts for channel in contact.channels}
        for channel in self._services.scenario.router.prefer:
            if channel in reached and channel != turn["channel"]:
                return channel.value
        return None


class LoadWatch:
    """The load as the triggers see it: with hysteresis, looked up at most every `refresh_s`."""

    def __init__(self, services: Services) -> None:
        self._services = services
        self._seen: dict[Channel, tuple[datetime, HandoffDecision]] = {}

    async def decide(self, channel: Channel) -> HandoffDecision:
        now = self._services.clock.now()
        refresh = timedelta(seconds=self._services.scenario.router.refresh_s)
        known = self._seen.get(channel)
        if known is not None and timedelta() <= now - known[0] < refresh:
            return known[1].copy()
        decision = await self._look(channel)
        self._seen[channel] = (now, decision)
        return decision.copy()

    async def _look(self, channel: Channel) -> HandoffDecision:
        queue = (await self._services.queues.snapshot())[channel]
        outage = await self._services.records.outages.largest()
        affected = outage.customers_affected if outage else 0
        triggers = self._services.scenario.router.triggers
        values: tuple[tuple[str, float, Trigger], ...] = (
            ("wait_s", queue.wait_s, triggers.wait_s),
            ("depth", queue.depth, triggers.depth),
        )
        fired = [name for name, value, trigger in values if await self._on(name, value, trigger)]
        if await self._on("outage_customers", affected, triggers.outage_customers):
            fired.append("outage_customers")
        return {
            "offer": False,
            "channel": None,
            "trigger": fired[0] if fired else None,
            "wait_s": queue.wait_s,
            "depth": queue.depth,
            "outage_customers": affected,
        }

    async def _on(self, name: str, value: float, trigger: Trigger) -> bool:
        if value > trigger.above:
            return await self._services.queues.engaged(name, on=True)
        if value < trigger.until_below:
            return await self._services.queues.engaged(name, on=False)
        return await self._services.queues.engaged(name)


class OfferNode:
    """offer: makes the offer the router decided on, after the agent's answer."""

    def __init__(self, services: Services) -> None:
        self._services = services

    async def __call__(self, state: State) -> Command[str]:
        decision = state["turn"].get("decision")
        round_ = Round(state)
        if decision and decision["channel"]:
            to = Channel(decision["channel"])
            text = wording.offer_to_move(to, decision["wait_s"])
            made = Offered(channel=to, reason=decision["trigger"] or "", say=text)
            offer(round_, made, self._services.clock.now().isoformat())
        return round_.command()


def _asked_again(state: State, standing: Offer) -> Command[str]:
    """An offer that was not heard to its end is made once more: nobody has agreed to it."""
    round_ = Round(state)
    question = standing["question"]
    made: Offer = {**standing, "unheard": False}
    round_.set(offers=[made if it is standing else it for it in state.get("offers", [])])
    round_.answer(question)
    round_.show(Choices(prompt=question, options=yes_or_no(question)))
    return round_.command()


def answered(state: State, status: str) -> list[Offer]:
    """The offers with the open ones answered."""
    return [
        {**o, "status": status} if o["status"] == "open" else o  # type: ignore[typeddict-item]
        for o in state.get("offers", [])
    ]
