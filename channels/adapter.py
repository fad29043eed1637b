"""What a channel is to us: two methods, `parse` and `deliver`.

An adapter turns its provider's events into `Inbound` and `StatusUpdate`, and a `Sending` into the
provider's messages. Everything else (the inbox, order, retries, rates, consent, windows, what to do
when a message fails) is the same for all channels and is not the adapter's.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, Protocol

from contracts.errors import ThroughlineError
from contracts.messages import Channel, Inbound, Remote
from contracts.sending import Sending, StatusUpdate


class NotSent(ThroughlineError):
    """A provider did not take a message. `after_s`: when to try again; None: never, and why is in
    `reason`, for an operator."""

    def __init__(self, reason: str, *, after_s: float | None = None) -> None:
        super().__init__(f"a message was not taken: {reason}")
        self.reason = reason
        self.after_s = after_s


class NotYet(ThroughlineError):
    """Nothing failed: it is to be looked at again in so many seconds. What was handed over stays
    so."""

    def __init__(self, after_s: float) -> None:
        super().__init__(f"a message waits {after_s} s more")
        self.after_s = after_s


class NoLonger(ThroughlineError):
    """A message is not to be told any more, here or elsewhere. `reason`, for an operator."""

    def __init__(self, reason: str) -> None:
        super().__init__(f"a message is let go: {reason}")
        self.reason = reason


@dataclass(frozen=True, slots=True)
class Template:
    """An approved template, in place of what can't be said freely. values: in its order."""

    name: str
    language: str  # the provider's code: "en_US"
    values: tuple[str, ...]


class Adapter(Protocol):
    """One provider's side of one channel."""

    channel: Channel
    provider: str  # "acs", "infobip"
    # How long after the customer's last message a free text may be sent; None: always.
    window: timedelta | None

    def parse(self, event: Mapping[str, Any]) -> Inbound | StatusUpdate | None:
        """What an event of the provider means; None for one that is none of this channel's.
        Addresses are normalised. Raises BadInput, saying what is wrong with it."""
        ...

    def deliver(
        self, sending: Sending, *, sent: int = 0, template: Template | None = None
    ) -> AsyncIterator[str]:
        """Render it and hand its messages to the provider, in order, from the one numbered `sent`;
        the provider's id of each as it is taken. The same message has the same repeatability id in
        each attempt. `template` is sent in place of all parts. Raises NotSent, NotYet, NoLonger."""
        ...

    async def fetch(self, remote: Remote) -> bytes:
        """A file that came with a message. Raises NotSent, and BadInput for one too large."""
        ...
