"""What a call needs of whatever carries it: ACS, or the softphone's socket."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal, Protocol

from contracts.records.calls import Direction

BEHIND_US_S = 0.5  # of what counts as heard, on its way to the caller's ear still


@dataclass(frozen=True, slots=True)
class Shown:
    """Something about the call for a line that can show it (the softphone).

    transcript: `by`, `text`, `final`. agent: `text` is who speaks. step: `text` is a tool at work.
    latency: `stages` in milliseconds ("endpoint", "recognition", "turn", "first_audio", "total").
    """

    kind: Literal["transcript", "agent", "step", "latency", "notice"]
    by: Literal["customer", "us", ""] = ""
    text: str = ""
    final: bool = True
    stages: dict[str, float] = field(default_factory=dict)


class Line(Protocol):
    async def send(self, frame: bytes) -> None:
        """20 ms for the caller to hear, in their order; at their pace is the caller's of this."""
        ...

    async def stop(self) -> None:
        """What was sent and is not heard yet is not to be heard."""
        ...

    async def hang_up(self) -> None:
        """End the call, `BEHIND_US_S` after our last word."""
        ...

    async def transfer(self, to: str, summary: str, language: str) -> bool:
        """Bring a person in, who is told the summary first; True once they have taken the call,
        False where nobody does. `language`: "en" or "es", that the summary is in."""
        ...

    async def tell(self, text: str, language: str) -> bool:
        """Have the carrier itself tell the caller, where our own voice has failed; whether the
        caller was told. `language`: "en" or "es"."""
        ...

    async def record(self) -> str:
        """Begin to record; where the recording will be. Empty where it can't be."""
        ...

    def show(self, shown: Shown) -> None:
        """Returns at once; a line that shows nothing ignores it."""
        ...


@dataclass(frozen=True, slots=True)
class Caller:
    """Who is on the line, as the carrier tells. `to`: our number; `agent` and `speech` are what
    that number is mapped to, empty where it is not."""

    call_id: str  # ours; the session of the thread
    address: str  # E.164
    direction: Direction = "inbound"
    to: str = ""
    agent: str = ""
    speech: str = ""
    opening: str = ""  # of an outbound call: what it is about, said after the greeting
    told: str = ""  # the key under which the thread knows of the opening: it is news
    # How often workers that died left it to another: `opening` is said in place of the greeting.
    resumed: int = 0
