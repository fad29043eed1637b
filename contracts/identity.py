"""Who a customer is to us: the identity ladder, and the ids that follow from it."""

from __future__ import annotations

import hashlib
from datetime import datetime
from enum import IntEnum, StrEnum
from uuid import UUID, uuid5

from pydantic import BaseModel, ConfigDict

THREAD_NAMESPACE = UUID("6d1f6a3e-2f0b-5d0c-9a55-7b8f1f4f2a10")
ANONYMOUS_PREFIX = "anon-"


class Rung(IntEnum):
    """A rung of the identity ladder. Each tool names the one it needs."""

    ANONYMOUS = 0
    RECOGNISED = 1  # the number or address is on file
    VERIFIED = 2  # a knowledge check, a signed hand-off link, or an identity provider's word
    STEPPED_UP = 3  # a one-time code sent to a contact on file

    @property
    def word(self) -> str:
        return self.name.lower().replace("_", " ")


class Proof(StrEnum):
    """What somebody showed, to be taken for a customer; the ladder says what it is good for."""

    FACT = "an account number and a fact on file"
    LINK = "a signed link"
    PROVIDER = "the sign-in of an identity provider"
    CODE = "a one-time code to a contact on file"

    @property
    def rung(self) -> Rung:
        return Rung.STEPPED_UP if self is Proof.CODE else Rung.VERIFIED


def thread_id_of(customer_id: str) -> str:
    """The id of the one thread of a customer, a UUID as LangGraph's servers want it."""
    return str(uuid5(THREAD_NAMESPACE, customer_id))


def anonymous_id(channel: str, address: str) -> str:
    """The customer id of somebody we don't know: stable for an address, and not the address."""
    digest = hashlib.sha256(f"{channel}:{address}".encode()).hexdigest()[:24]
    return f"{ANONYMOUS_PREFIX}{digest}"


def is_anonymous(customer_id: str) -> bool:
    return customer_id.startswith(ANONYMOUS_PREFIX)


class Identity(BaseModel):
    """What is known of whoever sent an inbound.

    `rung` belongs to the address the message came from, not to the customer: a
    stranger's phone does not become verified because Maria's is.
    """

    model_config = ConfigDict(frozen=True)

    customer_id: str
    rung: Rung
    until: datetime | None = None  # when a rung above RECOGNISED lapses

    @property
    def thread_id(self) -> str:
        return thread_id_of(self.customer_id)
