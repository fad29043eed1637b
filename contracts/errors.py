"""What can go wrong, as types.

ThroughlineError
├── BadInput                  the caller's input can't be used; the message says what to do
│   ├── UnknownChannel
│   └── FileRefused           a file of a kind or size that is not taken, or that can't be read
├── Overloaded                back-pressure: too much is waiting for this customer or system
├── StoreUnavailable          a store does not answer; nothing was written
│   ├── MemoryUnavailable     Redis (or SQLite): checkpoints, inbox, locks
│   └── RecordsUnavailable    Mongo: customers and domain records
├── Conflict                  a write contradicts what stands in the records
├── ProcessorUnavailable      the payment processor did not answer; the charge may have gone through
├── ThreadBusy                the lock of a thread was not had in time
├── StaleWriter               a fenced write by somebody who lost the lock
├── ModelUnavailable          no chat model answered, the fallback included
├── LinkRefused               a hand-off link is expired, used or forged
└── ConfigurationError        a setting is missing or contradicts another
"""

from __future__ import annotations

from typing import Literal


class ThroughlineError(Exception):
    """Base of all errors raised on purpose. `str(error)` is fit to be read by an operator."""


class BadInput(ThroughlineError):
    """Input that can't be used. The message says what was wrong and what to do."""


class UnknownChannel(BadInput):
    """A channel name nobody serves."""


class FileRefused(BadInput):
    """A file that is not taken. `reason`: "type", "size" or "broken"."""

    def __init__(self, reason: Literal["type", "size", "broken"]) -> None:
        super().__init__(f"the file is refused: {reason}")
        self.reason = reason


class Overloaded(ThroughlineError):
    """More is waiting than may; the sender should come back later."""


class StoreUnavailable(ThroughlineError):
    """A store does not answer. Nothing was written."""


class MemoryUnavailable(StoreUnavailable):
    """The store of checkpoints, inbox and locks does not answer."""


class RecordsUnavailable(StoreUnavailable):
    """The store of customers and domain records does not answer."""


class Conflict(ThroughlineError):
    """A write that contradicts what stands in the records; nothing was changed."""


class ProcessorUnavailable(ThroughlineError):
    """The payment processor did not answer: whether it charged is not known yet."""


class ThreadBusy(ThroughlineError):
    """Another turn holds this customer's thread and did not let go in time."""


class StaleWriter(ThroughlineError):
    """A write was fenced off: a newer holder of the lock has the thread."""


class ModelUnavailable(ThroughlineError):
    """No chat model answered."""


class SpeechUnavailable(ThroughlineError):
    """No engine hears or speaks."""


class NotPlaced(ThroughlineError):
    """A call of ours was not placed. `passes`: it may be if it is tried again."""

    def __init__(self, reason: str, *, passes: bool = False) -> None:
        super().__init__(f"a call was not placed: {reason}")
        self.reason = reason
        self.passes = passes


class LinkRefused(ThroughlineError):
    """A hand-off link that is expired, used or forged. `reason` is one of those words.
    `customer_id`: whom a used one was for, where that is known still."""

    def __init__(self, reason: str, customer_id: str = "") -> None:
        super().__init__(f"the link is {reason}")
        self.reason = reason
        self.customer_id = customer_id


class ConfigurationError(ThroughlineError):
    """A setting is missing, malformed or contradicts another. The message names it."""
