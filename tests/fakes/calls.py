"""What calls are kept in and spoken over, in memory: as far as the unit tests of calls use it."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from contracts.errors import MemoryUnavailable, RecordsUnavailable
from contracts.messages import Inbound
from contracts.records import CallEvent, CallRecord, Outcome
from voice.acs.client import CallRefused


@dataclass
class FakeKeyValue:
    """Nothing expires."""

    kept: dict[str, dict[str, Any]] = field(default_factory=dict)
    down: bool = False

    async def get(self, key: str) -> dict[str, Any] | None:
        self._check()
        return self.kept.get(key)

    async def set(
        self, key: str, value: dict[str, Any], *, ttl_s: float, only_new: bool = False
    ) -> bool:
        self._check()
        if only_new and key in self.kept:
            return False
        self.kept[key] = value
        return True

    async def delete(self, key: str) -> None:
        self._check()
        self.kept.pop(key, None)

    def _check(self) -> None:
        if self.down:
            raise MemoryUnavailable("the memory is down")


@dataclass
class FakeCalls:
    kept: dict[str, CallRecord] = field(default_factory=dict)
    events: list[CallEvent] = field(default_factory=list)
    down: bool = False

    async def begin(self, call: CallRecord) -> bool:
        self._check()
        new = call.call_id not in self.kept
        self.kept.setdefault(call.call_id, call)
        return new

    async def note(self, call_id: str, *events: CallEvent) -> None:
        self._check()
        self.events += events

    async def change(self, call_id: str, **changes: Any) -> None:
        self._check()
        given = {name: value for name, value in changes.items() if value is not None}
        self.kept[call_id] = self.kept[call_id].model_copy(update=given)

    async def end(self, call_id: str, outcome: Outcome, at: datetime) -> bool:
        self._check()
        call = self.kept.get(call_id)
        if call is None or call.ended:
            return False
        self.kept[call_id] = call.model_copy(update={"outcome": outcome, "ended": at})
        return True

    async def get(self, call_id: str) -> CallRecord | None:
        self._check()
        return self.kept.get(call_id)

    async def open(self, limit: int = 500) -> list[CallRecord]:
        self._check()
        return [call for call in self.kept.values() if call.ended is None][:limit]

    def _check(self) -> None:
        if self.down:
            raise RecordsUnavailable("the records are down")


@dataclass
class FakeCallClient:
    """What ACS was asked to do, by its name. `up`: whether the calls are; `stays`: who joined one
    is in it still."""

    up: bool = True
    stays: bool = True
    asked: list[str] = field(default_factory=list)
    refuses: set[str] = field(default_factory=set)
    said: list[str] = field(default_factory=list)
    operation: str = ""  # of an invitation
    withdrawal: str = ""  # of the same

    async def is_up(self, connection_id: str) -> bool:
        return self.up

    async def say(self, connection_id: str, text: str, language: str, **_: str) -> None:
        self._ask("say")
        self.said.append(text)
        raise CallRefused("nothing to speak with")

    async def stream(self, connection_id: str) -> None:
        self._ask("stream")

    async def stop_streaming(self, connection_id: str) -> None:
        self._ask("stop_streaming")

    async def invite(
        self, connection_id: str, to: str, sender: str, *, ring_s: float, operation: str
    ) -> str:
        self._ask("invite")
        self.operation = operation
        return "invitation-1"

    async def uninvite(self, connection_id: str, invitation: str, *, operation: str) -> None:
        self.withdrawal = operation
        self._ask("uninvite")

    async def is_in(self, connection_id: str, who: str) -> bool:
        self._ask("is_in")
        return self.stays

    async def hang_up(self, connection_id: str, *, everyone: bool = True) -> None:
        self._ask("hang_up" if everyone else "leave")

    def _ask(self, what: str) -> None:
        self.asked.append(what)
        if what in self.refuses:
            raise CallRefused(f"400 no {what}")


@dataclass
class FakeTaker:
    """The gateway, as far as messages are left to it."""

    taken: list[Inbound] = field(default_factory=list)
    down: bool = False

    async def take(self, inbound: Inbound) -> bool:
        if self.down:
            raise MemoryUnavailable("the memory is down")
        self.taken.append(inbound)
        return True
