"""How an emulator is set up."""

from __future__ import annotations

import asyncio
import base64
import hashlib
import random
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import Literal

from contracts.clock import Clock, SystemClock
from contracts.demo import (
    AGENTS_NUMBER,
    EMAIL_ADDRESS,
    SMS_NUMBER,
    VOICE_NUMBER,
    WHATSAPP_NUMBER,
    WHATSAPP_REGISTRATION,
)
from contracts.messages import Channel
from contracts.scenario import MessageTemplate
from emulator.api import Chaos, NewPhone, OurNumber
from emulator.calling.pace import Pace, RealPace
from emulator.calling.shapes import Agent

NAME = "Cascade Power & Gas"
NUMBERS = (
    OurNumber(
        registration_id=WHATSAPP_REGISTRATION,
        channel=Channel.WHATSAPP,
        number=WHATSAPP_NUMBER,
        name=NAME,
    ),
    OurNumber(registration_id=SMS_NUMBER, channel=Channel.SMS, number=SMS_NUMBER, name=NAME),
    OurNumber(
        registration_id=EMAIL_ADDRESS, channel=Channel.EMAIL, number=EMAIL_ADDRESS, name=NAME
    ),
    OurNumber(registration_id=VOICE_NUMBER, channel=Channel.VOICE, number=VOICE_NUMBER, name=NAME),
)
STRANGER = NewPhone(number="+12065550142", email="someone@example.com")  # of no customer

AGENTS = (Agent(number=AGENTS_NUMBER, after_s=2.0),)  # people who take calls
ISSUER = "https://calling.emulator.example"
RESOURCE = "00000000-0000-0000-0000-00000000e4e4"  # the emulated resource's immutable id

Wait = Callable[[float], Awaitable[None]]
# A text and its language ("en-US"): its audio. Raises SpeechUnavailable.
Speak = Callable[[str, str], Awaitable[bytes]]


@dataclass(frozen=True, slots=True)
class Subscription:
    """Event Grid's: where events go. `secret` is sent in the header X-Throughline-Secret.

    `scale` multiplies Event Grid's waits between attempts; a `timeout_s` without an answer is a
    failure; after `attempts` an event is dead.
    """

    webhook: str
    mail_webhook: str = ""  # where e-mails to the utility are posted; empty: they are kept here
    calls_webhook: str = ""  # where IncomingCall goes; empty: nobody can call
    secret: str = ""
    schema: Literal["eventgrid", "cloudevents"] = "eventgrid"
    chaos: Chaos = field(default_factory=Chaos)
    scale: float = 1.0
    timeout_s: float = 30.0
    attempts: int = 30
    connect_every_s: float = 1.0  # between tries of the handshake


@dataclass(frozen=True, slots=True)
class EmulatorConfig:
    """`access_key` is base64, as ACS's are. `read_at_once`: messages are read when delivered, as if
    somebody looked at the phone all the time. `carry_s`: between accepted, sent and delivered.
    `mail_polls`: how often an e-mail's operation is still running when asked. `wall`: the clock by
    which requests are signed, which is a client's real one even where `clock` is pinned."""

    access_key: str
    subscription: Subscription
    bearer_tokens: frozenset[str] = frozenset()
    numbers: tuple[OurNumber, ...] = NUMBERS
    phones: tuple[NewPhone, ...] = (STRANGER,)
    templates: tuple[MessageTemplate, ...] = ()
    read_at_once: bool = False
    report_stopped: bool = False  # an SMS to somebody who said STOP ends as OptedOut
    carry_s: float = 0.0
    mail_polls: int = 0
    links: dict[str, str] = field(default_factory=dict)  # where the product is, for the page
    issuer: str = ISSUER
    resource_id: str = RESOURCE
    agents: tuple[Agent, ...] = AGENTS
    ring_s: float = 45.0
    speak: Speak | None = None
    pace: Pace = field(default_factory=RealPace)
    seed: int = 1
    clock: Clock = field(default_factory=SystemClock)
    wall: Clock = field(default_factory=SystemClock)
    wait: Wait = asyncio.sleep

    def random(self, purpose: str) -> random.Random:
        """Chance that repeats itself; none of it is a secret."""
        digest = hashlib.sha256(f"{self.seed}:{purpose}".encode()).digest()
        return random.Random(digest)  # noqa: S311


def key_of(secret: bytes) -> str:
    """An access key as ACS writes them, made from a secret."""
    return base64.b64encode(hashlib.sha512(secret + b":emulator").digest()).decode()
