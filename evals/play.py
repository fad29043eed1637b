"""Plays a case: each message through the gateway, as its channel would bring it."""

from __future__ import annotations

import re
import time
from collections.abc import Mapping, Sequence
from datetime import timedelta
from itertools import count
from typing import Any

from langchain_core.language_models.chat_models import BaseChatModel

from contracts.identity import Rung
from contracts.messages import Channel, Choices, Inbound, Part, Turn
from contracts.ports import Waiting
from contracts.records import OutboxMessage
from evals.asked import in_words, slots_asked, tool_answers
from evals.case import Case, Step
from evals.customers import Customer, LlmCustomer, Scripted, noisy
from evals.evidence import Evidence, Played
from evals.photos import sent
from evals.stage import Play, Stage
from gateway.thread import ThreadRunner

AS_WRITTEN = "as written"
SWITCHING = "switching"
NOISY = "noisy "  # and its seed
GOAL = "goal"  # a model plays the customer
ROUND = (Channel.VOICE, Channel.WHATSAPP, Channel.WEB, Channel.SMS)  # the order of switches
CALLERS = 80  # of a storm
MOST_SENT = 100  # messages that a conversation can have caused
_AFTER = re.compile(r"^(\d+)([smhd])$")
_UNITS = {"s": "seconds", "m": "minutes", "h": "hours", "d": "days"}
RUNGS = {rung.word: rung for rung in Rung}


async def play(
    stage: Stage, case: Case, variant: str = AS_WRITTEN, customer: BaseChatModel | None = None
) -> Evidence:
    """Play a case once. What breaks off is told in the evidence, with the turns so far. customer:
    a model that plays the customer, for the variant that has one."""
    expected = await stage.expected(case)
    async with stage.play(case) as opened:
        steps = noisy(case, _seed(variant)) if variant.startswith(NOISY) else case.turns
        player = Player(opened, channels(case.model_copy(update={"turns": steps}), variant))
        speaker: Customer = Scripted(steps)
        if customer is not None:
            speaker = LlmCustomer(customer, case, opened.texts.facts)
        error = ""
        try:
            await player.all(speaker)
        except Exception as broken:  # noqa: BLE001 - whatever it is, it is the case's result
            error = f"turn {len(player.turns) + 1}: {type(broken).__name__}: {broken}"
        return Evidence(
            case=case,
            variant=variant,
            turns=tuple(player.turns),
            changes=await opened.changes(),
            expected=expected,
            specs=opened.app.toolbox.by_name,
            discrete=frozenset(
                name
                for name, agent in opened.app.scenario.agents.items()
                if agent.entered == "discrete"
            ),
            people=opened.texts.people,
            secrets=tuple(await opened.texts.filled(case.secrets)),
            known=opened.texts.places,
            error=error,
        )


def variants(case: Case, *, each: bool) -> list[str]:
    """The ways a case is replayed with switches: after every turn, and with `each` once after
    each single turn as well."""
    turns = sum(step.repeats for step in case.turns)
    if case.alone is not None or turns < 2:
        return []
    return [SWITCHING, *(f"switch after {n}" for n in range(1, turns) if each and turns > 2)]


def channels(case: Case, variant: str) -> list[Channel]:
    """The channel of each turn."""
    plan: list[Channel] = []
    at = case.start
    for step in case.turns:
        at = step.via or at
        plan += [at] * step.repeats
    if variant == SWITCHING:
        first = ROUND.index(plan[0])
        return [ROUND[(first + n) % len(ROUND)] for n in range(len(plan))]
    if found := re.fullmatch(r"switch after (\d+)", variant):
        after = int(found[1])
        # Where the case itself switches there, one further: back would be no switch.
        times = 2 if _next(plan[after]) is plan[after - 1] else 1
        return [_next(c, times) if n >= after else c for n, c in enumerate(plan)]
    return plan


def _seed(variant: str) -> int:
    return int(variant.removeprefix(NOISY))


def _next(channel: Channel, times: int = 1) -> Channel:
    return ROUND[(ROUND.index(channel) + times) % len(ROUND)]


class Player:
    """One conversation. `turns` holds what was played so far."""

    def __init__(self, opened: Play, plan: Sequence[Channel]) -> None:
        self._play = opened
        self._app = opened.app
        self._plan = plan
        self._who = opened.case.customer or opened.case.number or ""
        self._runner = ThreadRunner(opened.app.graph, opened.app.memory.checkpointer)
        self._ids = count(1)
        self._seen: dict[str, set[str]] = {}
        self._threads: dict[str, Mapping[str, Any]] = {}
        self._raised: dict[tuple[Channel, str], Rung] = {}
        self._sent: set[str] = set()
        self.turns: list[Played] = []

    async def all(self, customer: Customer) -> None:
        """Play until the customer is done. Raises whatever the product raises, and
        ConfigurationError."""
        while (step := await customer.next(self.turns)) is not None:
            await self.step(step)

    async def step(self, step: Step) -> Played:
        """Play one message."""
        self._who = step.by or self._who
        channel = self._plan[min(len(self.turns), len(self._plan) - 1)]
        switched = bool(self.turns) and self.turns[-1].channel is not channel
        await self._before(step)
        address = await self._arrive(channel)
        text = await self._play.texts.fill(step.says)
        choice = self._button(step.presses) if step.presses else None
        if not self.turns:
            await self._new_messages()  # what was sent before the conversation
        began = time.perf_counter()
        turn = await self._send(channel, address, text, choice, step.photos)
        took = (time.perf_counter() - began) * 1000
        said = text or step.presses or "[photo]"
        played = await self._noted(step, channel, said, turn, took, switched)
        self.turns.append(played)
        return played

    async def _before(self, step: Step) -> None:
        if found := _AFTER.match(step.after):
            self._play.clock.advance(timedelta(**{_UNITS[found[2]]: int(found[1])}))
        if step.storm:
            for n in range(CALLERS):
                caller = Waiting(
                    id=f"caller-{n}", customer_id=f"c-{n}", channel=Channel.VOICE, reason="storm"
                )
                await self._app.memory.queues.join(caller)

    async def _arrive(self, channel: Channel) -> str:
        """The customer's address on a channel. Who goes on on the web comes by a signed link, on
        the rung they had."""
        who = self._play.texts.customers.get(self._who)
        number = self._play.texts.number_of(self._who) if self._who else ""
        address = number if channel is not Channel.WEB and number else f"web-{self._who or 'guest'}"
        if not self.turns and who and self._play.case.rung != "recognised":
            await self._raise(channel, address, RUNGS[self._play.case.rung])
        elif channel is Channel.WEB and who and (channel, address) not in self._raised:
            rung = self._rung_so_far()
            if rung > Rung.ANONYMOUS:
                await self._raise(channel, address, rung)
        return address

    def _rung_so_far(self) -> Rung:
        """The rung of the turn before; a known customer's web chat begins recognised."""
        if not self.turns:
            return RUNGS[self._play.case.rung]
        return RUNGS[self.turns[-1].turn.identity]

    async def _raise(self, channel: Channel, address: str, rung: Rung) -> None:
        who = self._play.texts.named(self._who)
        self._raised[channel, address] = rung
        if rung > Rung.ANONYMOUS:
            await self._app.directory.raise_to(channel, address, who.customer_id, rung)

    def _button(self, label: str) -> str:
        """The id of a button that was shown. Raises LookupError where there is none."""
        for played in reversed(self.turns):
            for part in reversed(played.turn.parts):
                if isinstance(part, Choices):
                    return _pressed(part, label)
        raise LookupError(f"there is no button {label!r}")

    async def _send(
        self, channel: Channel, address: str, text: str, choice: str | None, photos: int
    ) -> Turn:
        message_id = f"{self._play.case.id}-{next(self._ids)}"
        inbound = Inbound(
            channel=channel,
            address=address,
            id=message_id,
            text=text,
            choice=choice,
            media=await sent(self._app, channel, address, message_id, photos),
            at=self._play.clock.now(),
        )
        parts = [part async for part in self._app.gateway.receive(inbound)]
        turn = parts[-1] if parts else None
        if not isinstance(turn, Turn):
            raise LookupError("the turn did not end")
        return turn

    async def _new_messages(self) -> tuple[OutboxMessage, ...]:
        """Messages sent outside turns since the last time, the oldest first."""
        recent = await self._app.records.outbox.recent(MOST_SENT)
        new = tuple(one for one in reversed(recent) if one.key not in self._sent)
        self._sent |= {one.key for one in new}
        return new

    async def _noted(
        self, step: Step, channel: Channel, said: str, turn: Turn, took: float, switched: bool
    ) -> Played:
        loaded = await self._runner.load(turn.thread_id)
        after: Mapping[str, Any] = loaded.values
        before = self._threads.get(turn.thread_id, {})
        seen = self._seen.setdefault(turn.thread_id, set())
        messages = after.get("messages", [])
        answers = tuple(tool_answers(messages, seen))
        seen |= {m.id for m in messages if m.id}
        self._threads[turn.thread_id] = after
        return Played(
            step=step,
            channel=channel,
            said=said,
            turn=turn,
            calls=self._play.recorder.take(),
            answers=answers,
            asked=slots_asked(answers, before, after),
            asked_in_words=tuple(dict.fromkeys(in_words(turn.reply))),
            by=self._who,
            thread=after,
            ms=round(took, 1),
            switched=switched,
            sent=await self._new_messages(),
        )


def _pressed(choices: Choices, label: str) -> str:
    wanted = label.lower()
    for option in choices.options:
        if option.label.lower().startswith(wanted) or option.id.lower().startswith(wanted):
            return option.id
    labels = ", ".join(option.label for option in choices.options)
    raise LookupError(f"there is no button {label!r}; there are {labels}")


def kinds(parts: Sequence[Part]) -> set[str]:
    """Kinds of parts, and which cards."""
    return {part.kind for part in parts} | {p.card for p in parts if p.kind == "card"}
