"""The two shapes every channel speaks: one `Inbound` in, a stream of `Outbound` parts out."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from typing import Annotated, Any, Literal
from uuid import uuid4

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field, TypeAdapter, field_validator

from contracts.identity import Rung

MAX_TEXT = 4_000  # characters of one message that a person can have meant
MAX_ID = 200
MAX_MEDIA = 3  # files with one message


class Channel(StrEnum):
    VOICE = "voice"
    WHATSAPP = "whatsapp"
    SMS = "sms"
    WEB = "web"
    EMAIL = "email"


class _Part(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class TextDelta(_Part):
    """A piece of the reply while it is being written. The whole comes as `Text`."""

    kind: Literal["delta"] = "delta"
    text: str


class Text(_Part):
    kind: Literal["text"] = "text"
    text: str


class Step(_Part):
    """A tool at work, in words a customer understands ("Looking up your bill")."""

    kind: Literal["step"] = "step"
    tool: str
    label: str
    status: Literal["running", "done", "ask_again", "cannot", "confirm", "failed"]


class Card(_Part):
    """A titled list of label and value pairs: a bill, an outage, a receipt."""

    kind: Literal["card"] = "card"
    card: str  # which: "bill", "outage", "receipt", "case", ...
    title: str
    rows: tuple[tuple[str, str], ...] = ()
    data: dict[str, Any] = Field(default_factory=dict)
    language: str = ""  # that title and rows are in; empty if it was never told


class Link(_Part):
    kind: Literal["link"] = "link"
    label: str
    url: str


class Choice(_Part):
    id: str
    label: str


class Choices(_Part):
    """A question with its possible answers; the id of one comes back as `Inbound.choice`."""

    kind: Literal["choices"] = "choices"
    prompt: str
    options: tuple[Choice, ...]


class Handoff(_Part):
    """The conversation goes on elsewhere; `message` was sent there."""

    kind: Literal["handoff"] = "handoff"
    to: Channel
    message: str


class Transfer(_Part):
    """The call goes to a person once everything before this was said; `summary` is what that person
    is told first."""

    kind: Literal["transfer"] = "transfer"
    summary: str
    language: str = ""


class HangUp(_Part):
    """The call may end once everything before this was said: `at_once` where the caller agreed to
    that, else when they say nothing more."""

    kind: Literal["hang_up"] = "hang_up"
    at_once: bool = False


Part = Annotated[
    Text | Step | Card | Link | Choices | Handoff | Transfer | HangUp,
    Field(discriminator="kind"),
]
PARTS: TypeAdapter[list[Part]] = TypeAdapter(list[Part])


class Happening(_Part):
    """Something that happened to a customer outside of a conversation, for their thread to know:
    what they were told of it, what shows it, and the facts, by topic. Only we say so."""

    customer_id: str
    text: str
    facts: dict[str, dict[str, Any]] = Field(default_factory=dict)
    cards: tuple[Card, ...] = ()
    settles: str = ""  # a tool whose call no longer waits for a yes
    waits: bool = False  # for a person: they take their place in line
    rung: Rung = Rung.VERIFIED  # below it, nobody is shown it


class Media(_Part):
    """A file that came with a message. Its bytes are in the records (`Attachments`) before the
    message is: neither inbox nor checkpoint holds them."""

    id: str = Field(min_length=1, max_length=80)  # of the attachment
    name: str = Field(max_length=120)
    content_type: str = Field(max_length=80)
    size: int = Field(ge=0)  # bytes
    sha256: str = Field(pattern=r"^[0-9a-f]{64}$")

    @property
    def is_image(self) -> bool:
        return self.content_type.startswith("image/")

    @property
    def is_audio(self) -> bool:
        return self.content_type.startswith("audio/")


class Remote(_Part):
    """A file that the channel's provider still holds; it is fetched before the turn."""

    id: str = Field(min_length=1, max_length=MAX_ID)  # the provider's
    content_type: str = Field(default="", max_length=120)
    name: str = Field(default="", max_length=120)


class Location(_Part):
    """A place that the customer sent as a pin. Degrees, WGS 84."""

    latitude: float = Field(ge=-90, le=90)
    longitude: float = Field(ge=-180, le=180)
    name: str = Field(default="", max_length=200)
    address: str = Field(default="", max_length=300)


class Reaction(_Part):
    """An emoji put on one of our messages, or taken away again where it is empty."""

    emoji: str = Field(default="", max_length=32)
    to: str = Field(min_length=1, max_length=MAX_ID)  # the provider's id of our message


class Reached(_Part):
    """What of an earlier reply reached the customer, who broke in or rang off: the thread keeps
    just that, to the word."""

    key: str = Field(max_length=MAX_ID + 40)  # of the message that was answered
    text: str = Field(default="", max_length=16_000)


class Inbound(_Part):
    """One message of a customer, whatever it came in on.

    `address` is who it came from on that channel: an E.164 number for voice, WhatsApp
    and SMS, the session's id for the web, an address in lower case for e-mail. `id` is the
    channel's own message id: the same id twice is the same message. `to` is which of our numbers
    it came in on, by its registration id; empty where the reply is read by whoever waits for it.
    """

    channel: Channel
    address: str = Field(min_length=1, max_length=320)
    id: str = Field(default_factory=lambda: uuid4().hex, min_length=1, max_length=MAX_ID)
    text: str = ""
    choice: str | None = Field(default=None, max_length=200)  # id of a button or list entry
    dtmf: str | None = Field(default=None, pattern=r"^[0-9*#]{1,40}$")
    happening: Happening | None = None  # in place of words
    media: tuple[Media, ...] = Field(default=(), max_length=MAX_MEDIA)
    to: str = Field(default="", max_length=MAX_ID)
    # That the number is mapped to: one of ours, or "@" and the id of one served elsewhere.
    agent: str = Field(default="", max_length=100)
    files: tuple[Remote, ...] = Field(default=(), max_length=MAX_MEDIA)  # become `media`
    location: Location | None = None
    reaction: Reaction | None = None
    quoted: str = Field(default="", max_length=MAX_ID)  # our message that this one answers
    unreadable: str = Field(default="", max_length=40)  # its kind, where we can't take it in
    session: str = Field(default="", max_length=MAX_ID)  # the channel's own: a call's id
    reached: Reached | None = None  # beside words, or alone
    ended: bool = False  # the session is over; in place of words, and not answered
    at: AwareDatetime

    @field_validator("id", "address", "text", "choice")
    @classmethod
    def _whole_characters(cls, value: str | None) -> str | None:
        """Half a surrogate pair can be neither stored nor sent."""
        return value and value.encode("utf-8", "replace").decode()

    @property
    def key(self) -> str:
        """What makes the message itself and no other; dedupe and idempotency hang on it."""
        return f"{self.channel}:{self.id}"

    @property
    def said(self) -> str:
        """What the customer said, however it was entered; nothing where a photo says it all."""
        return self.text or self.choice or self.dtmf or ""

    @property
    def silent(self) -> bool:
        """Whether nothing is answered: it only tells what was heard, or that a session is over."""
        beside = self.media or self.files or self.location or self.reaction or self.unreadable
        only_heard = self.reached is not None and not (self.said or beside or self.happening)
        return self.ended or only_heard


class ToolRun(_Part):
    """A tool as it ran in a turn. `args` hold nothing the customer must keep secret."""

    name: str
    args: dict[str, Any]
    status: Literal["done", "ask_again", "cannot", "confirm", "failed"]


class Turn(_Part):
    """A finished turn: what a channel delivers, a transcript keeps and a duplicate gets again."""

    kind: Literal["turn"] = "turn"
    inbound_key: str
    customer_id: str
    thread_id: str
    channel: Channel
    session_id: str = ""
    number: int = 0  # of the thread: 1, 2, 3, ... without gaps
    fence: int = 0  # of the lock it ran under
    said: str = ""  # the customer's words, masked
    media: tuple[Media, ...] = ()  # what came with them
    agent: str = ""
    tools: tuple[ToolRun, ...] = ()
    reply: str = ""
    heard: str | None = None  # of the reply, where it was broken off; None: all of it
    reached: Reached | None = None  # what its message told of an earlier turn's reply
    parts: tuple[Part, ...] = ()
    pending: dict[str, Any] | None = None
    offer: dict[str, Any] | None = None
    identity: str = "anonymous"
    at: datetime
    elapsed_ms: float = 0.0
    purpose: str = ""  # of the reply as a sending, where it is another than REPLY: "opt-out"
    delivery: str = ""  # `Status` of the reply, where a provider carries it; empty: not known
    settled: str = ""  # by the session, where it ended with this turn

    @property
    def told(self) -> str:
        """What of the reply the customer was told."""
        return self.reply if self.heard is None else self.heard

    @property
    def silent(self) -> bool:
        """Whether nobody said or sent anything in it, as when a call ends."""
        return not (self.said or self.media or self.reply or self.parts)


Outbound = TextDelta | Text | Step | Card | Link | Choices | Handoff | Transfer | HangUp | Turn
