"""A scenario: agents, policies and thresholds of one line of business, read from its folder."""

from __future__ import annotations

from datetime import time
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, StringConstraints

from contracts.catalogue import Offerings
from contracts.messages import Channel
from contracts.policies import Policies

Colour = Annotated[str, StringConstraints(pattern=r"^#[0-9a-fA-F]{6}$")]
BrandColour = Literal["accent", "on-accent", "tint", "ground"]  # of the look


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class AgentSpec(_Strict):
    """An agent: `agent.yaml` and `prompt.md` of its folder. Its tools are those granted to it."""

    name: str
    title: str  # what a customer is told: "billing"
    description: str  # when to hand over to it
    tier: str = "answering"  # which model
    entered: Literal["announced", "discrete"] = "announced"
    prompt: str
    phrases: tuple[str, ...] = ()
    policies: tuple[str, ...] = ()  # what it goes by, as text; its model reads them
    topic: str = ""  # "your bill"


class Trigger(_Strict):
    """A threshold with hysteresis: fires above `above`, and until it falls below `until_below`."""

    above: float
    until_below: float


class Triggers(_Strict):
    wait_s: Trigger
    depth: Trigger
    outage_customers: Trigger


class RouterPolicy(_Strict):
    from_channels: tuple[Channel, ...] = (Channel.VOICE,)
    prefer: tuple[Channel, ...] = (Channel.WHATSAPP, Channel.SMS, Channel.WEB)
    triggers: Triggers
    refresh_s: float = 1.0


class QueueDefaults(_Strict):
    agents: int
    handle_s: float


class IdentityPolicy(_Strict):
    wrong_tries: int = 3
    lockout_minutes: int = 15
    verified_minutes: int = 60
    stepped_up_minutes: int = 15
    code_minutes: int = 5
    link_minutes: int = 15
    pay_link_hours: int = 24
    session_idle_minutes: int = 30


class ConfirmPolicy(_Strict):
    expires_minutes: int = 60 * 24


class ModelTier(_Strict):
    """`model` is `provider:name` or `local`; empty takes the MODEL setting."""

    model: str = ""
    temperature: float = 0.0
    timeout_s: float = 20.0
    first_token_s: float = 2.5
    retries: int = 1


class Brand(_Strict):
    name: str
    phone: str
    emergency_phone: str
    timezone: str
    region: str = "US"  # for numbers written without a country
    icon: str = ""  # an SVG; its file's name in scenario.yaml. Empty: a plain one
    colours: dict[BrandColour, tuple[Colour, Colour]] = Field(default_factory=dict)  # light, dark


class RateLimit(_Strict):
    times: int = Field(gt=0)
    seconds: int = Field(gt=0)


class WebLimits(_Strict):
    """How often the web is used before it says "please wait". Many customers may share one
    client's address: a carrier's, an office's."""

    sign_ins: RateLimit = RateLimit(times=40, seconds=600)  # numbers and codes, of an address
    links: RateLimit = RateLimit(times=120, seconds=60)  # opened, of an address
    posts: RateLimit = RateLimit(times=1200, seconds=60)  # of an address
    session_posts: RateLimit = RateLimit(times=120, seconds=60)  # of a session
    my: RateLimit = RateLimit(times=240, seconds=60)  # figures of one's own, of a session
    messages: RateLimit = RateLimit(times=40, seconds=60)  # in the chat, of a session


class MessageTemplate(_Strict):
    """A WhatsApp template as it was approved: what may be said to somebody who has not written for
    a day. `texts` by language of ours, with {{1}}, {{2}} for the `values`, named, in order."""

    name: str
    purposes: tuple[str, ...]  # of a `Sending`
    values: tuple[str, ...] = ()
    texts: dict[str, str]  # "en", "es"
    codes: dict[str, str] = {"en": "en_US", "es": "es_MX"}  # the provider's


class QuietHours(_Strict):
    """When nobody is written to unasked, in the utility's zone; over midnight."""

    begin: time = time(21)
    end: time = time(8)


class Messaging(_Strict):
    """How customers are written to."""

    quiet: QuietHours = QuietHours()
    templates: tuple[MessageTemplate, ...] = ()
    per_second: dict[Channel, float] = Field(default_factory=dict)  # of one number of ours


class Voice(_Strict):
    """How calls are spoken. Texts by language of ours ("en", "es")."""

    greeting: dict[str, str]  # {brand}; of somebody whose number is not on file
    known: dict[str, str]  # {brand}, {name}
    recording: Literal["off", "ask"] = "off"
    # Seconds of silence after which the caller is asked whether they are there; then once more;
    # then a call-back is offered, and the call ends.
    silence_s: tuple[float, float, float] = (8.0, 8.0, 10.0)
    pause_s: float = 0.7  # that ends a turn
    thinking_s: float = 1.6  # the same, where what was said does not sound finished
    digits_s: float = 2.0  # the same, while digits are being dictated
    filler_s: float = 1.5  # without a word from us before "one moment"
    agents: str = ""  # a number that calls are transferred to; empty: nobody takes calls
    ring_s: float = 25.0  # before a transfer is given up
    phrases: tuple[str, ...] = ()  # words of the trade, for the engines
    voices: dict[str, str] = Field(  # of Azure Speech, by language
        default_factory=lambda: {"en": "en-US-AvaMultilingualNeural", "es": "es-MX-DaliaNeural"}
    )


class Scenario(_Strict):
    name: str
    brand: Brand
    first_agent: str
    emergency_agent: str
    agents: dict[str, AgentSpec]
    router: RouterPolicy
    queues: dict[Channel, QueueDefaults]
    identity: IdentityPolicy = IdentityPolicy()
    confirm: ConfirmPolicy = ConfirmPolicy()
    limits: WebLimits = WebLimits()
    messaging: Messaging = Messaging()
    voice: Voice
    tiers: dict[str, ModelTier]
    policies: Policies
    catalogue: Offerings
    service_territory: tuple[str, ...] = Field(default=())  # ZIP codes
    territory: dict[str, Any] = Field(default_factory=dict)  # GeoJSON Polygon
    ground: dict[str, Any] = Field(default_factory=dict)  # GeoJSON features the outage map draws
