"""Phones that ring: until somebody answers or declines, or nobody does."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable
from typing import Literal

from emulator.calling.call import Call
from emulator.calling.shapes import Agent
from emulator.calling.telling import Result, Telling
from emulator.config import Wait
from emulator.errors import bad_request
from emulator.state import State

Answer = Literal["answered", "declined", "unanswered", "unreachable", "cancelled"]

# Codes as SIP has them; ACS's own subcodes.
WHY: dict[Answer, Result] = {
    "declined": (603, 0, "The call was declined."),
    "unanswered": (480, 10_037, "No callee endpoint answered."),
    "unreachable": (404, 0, "The number can't be reached."),
    "cancelled": (487, 0, "The invitation was cancelled."),
}


class Ringing:
    def __init__(self, state: State, telling: Telling, agents: Iterable[Agent], wait: Wait) -> None:
        self.agents = {agent.number: agent for agent in agents}
        self._state = state
        self._telling = telling
        self._wait = wait
        self._waiting: dict[tuple[str, str], asyncio.Future[Answer]] = {}

    async def ring(self, call: Call, number: str, most_s: float) -> Answer:
        """Returns once it is decided."""
        phone, agent = self._state.phone(number), self.agents.get(number)
        if agent is None and (phone is None or phone.reach != "on"):
            return "unreachable"
        if (call.id, number) in self._waiting or number in call.handsets:
            return "unreachable"
        answered: asyncio.Future[Answer] = asyncio.get_running_loop().create_future()
        self._waiting[call.id, number] = answered
        call.ringing.append(number)
        self._telling.shown(call)
        by_itself = asyncio.create_task(self._by_itself(agent, most_s)) if agent else None
        try:
            return await self._decided(answered, by_itself, most_s)
        finally:
            if by_itself is not None:
                by_itself.cancel()
            del self._waiting[call.id, number]
            call.ringing.remove(number)
            self._telling.shown(call)

    async def _decided(
        self,
        answered: asyncio.Future[Answer],
        by_itself: asyncio.Task[Answer] | None,
        most_s: float,
    ) -> Answer:
        waited = {answered, *([by_itself] if by_itself else [])}
        done, _ = await asyncio.wait(waited, timeout=most_s, return_when=asyncio.FIRST_COMPLETED)
        if answered in done:
            return answered.result()
        return by_itself.result() if by_itself and by_itself in done else "unanswered"

    async def _by_itself(self, agent: Agent, most_s: float) -> Answer:
        if agent.does == "nothing":
            await self._wait(most_s)
            return "unanswered"
        await self._wait(agent.after_s)
        return "answered" if agent.does == "answers" else "declined"

    def decide(self, call: Call, number: str, answer: Answer) -> None:
        """Raises Refused (400) where it does not ring."""
        waiting = self._waiting.get((call.id, number))
        if waiting is None or waiting.done():
            raise bad_request("it does not ring at that phone")
        waiting.set_result(answer)

    def cancel(self, call: Call) -> None:
        """The call is over: it rings nowhere any more."""
        for (call_id, _), waiting in self._waiting.items():
            if call_id == call.id and not waiting.done():
                waiting.set_result("cancelled")
