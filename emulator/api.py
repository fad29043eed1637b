"""What the phone page and tests see of the emulator: its shapes, as JSON.

All of it is below `/emulator/api` and answers on loopback alone (`emulator/control.py` has the
routes). A `number` in a path is E.164, its plus sign written as %2B or left out.

| route | what |
| --- | --- |
| `GET /overview` | `Overview`: phones, the utility's numbers, Event Grid, faults |
| `POST /phones` | `NewPhone` -> `Phone`: somebody more to be |
| `GET /phones/{number}/messages` | list of `Message`, oldest first; `?channel=&ours=` narrow it |
| `POST /phones/{number}/messages` | `Said` -> `Message`: what the customer sends |
| `POST /phones/{number}/files?name=` | the file as the body -> `File`, to be sent with `Said` |
| `GET /files/{id}` | its bytes |
| `GET /mails/{id}` | an e-mail as a page of its own, for a frame |
| `POST /phones/{number}/read` | `Seen`: the page shows it; its messages become read |
| `POST /phones/{number}/window` | `Window` -> `Phone`: opens or closes WhatsApp's 24 hours |
| `POST /phones/{number}/reach` | `Reach` -> `Phone`: switched on, off, or not to be reached |
| `POST /chaos` | `Chaos` -> `Chaos`: how badly Event Grid behaves |
| `GET /deliveries` | list of `Posting`, oldest first: the last events, and what became of them |
| `POST /faults` | `Faults` -> `Faults`: the next calls of the API fail |
| `GET /events` | server-sent events: `message` (`Message`), `phone` (`Phone`), `grid` (`Grid`) |

A `message` event comes each time a message is new or changed: its status, a reaction, the button
that was pressed. Take it in the place of the one with its id. Calls have routes, and an event
`call`, of their own: `emulator/calling/shapes.py`.
"""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import AwareDatetime, Field

from contracts.messages import Channel, Location
from emulator.shape import Shape

Delivery = Literal["accepted", "sent", "delivered", "read", "failed"]
Kind = Literal[
    "text", "image", "document", "audio", "video", "sticker", "template", "interactive",
    "location", "unsupported", "email",
]  # fmt: skip
Reachable = Literal["on", "off", "gone"]
Carried = Literal[Channel.WHATSAPP, Channel.SMS, Channel.EMAIL]
Answers = Literal[Channel.VOICE, Channel.WHATSAPP, Channel.SMS, Channel.EMAIL]

MAX_FILE = 16_000_000  # bytes of an upload; WhatsApp's limit for voice and video
FileId = Annotated[str, Field(min_length=1, max_length=80)]


class OurNumber(Shape):
    """A number or address of the utility's, that customers write to, or call."""

    registration_id: str
    channel: Answers
    number: str  # E.164, or an address in lower case
    name: str


class Phone(Shape):
    """Somebody's phone. reach: `off` gets its messages when it is on again, `gone` never."""

    number: str
    name: str = ""  # empty: nobody the utility knows
    language: str = "en"
    email: str = ""
    story: str = ""  # what the customer is good for
    places: tuple[Location, ...] = ()  # that its owner may be at
    reach: Reachable = "on"
    stopped: bool = False  # said STOP by SMS
    window_until: AwareDatetime | None = None  # until when WhatsApp takes free texts
    unread: int = 0


class NewPhone(Shape):
    number: str = Field(pattern=r"^\+[1-9]\d{5,14}$")
    name: str = Field(default="", max_length=80)
    language: str = Field(default="en", max_length=10)
    email: str = Field(default="", max_length=320)
    story: str = Field(default="", max_length=400)
    places: tuple[Location, ...] = Field(default=(), max_length=10)


class Button(Shape):
    id: str
    title: str


class Row(Shape):
    id: str
    title: str
    description: str = ""


class Section(Shape):
    title: str = ""
    rows: tuple[Row, ...]


class File(Shape):
    """url: where the page gets it, from the emulator."""

    id: str
    name: str
    content_type: str
    size: int  # bytes
    url: str


class Reacted(Shape):
    by: Literal["us", "customer"]
    emoji: str


class Message(Shape):
    """One message of a conversation.

    `direction`: "in" is from the customer, "out" from the utility. An interactive message has
    `buttons`, or `sections` behind a button called `menu`, or a `link`; `chosen` is the id that was
    pressed. `reason` of a failure: WhatsApp's code and words.
    """

    id: str
    phone: str
    channel: Carried
    ours: str  # registration id of the utility's number
    direction: Literal["in", "out"]
    kind: Kind
    text: str = ""  # what it says; the caption of a file
    header: str = ""
    footer: str = ""
    subject: str = ""  # of an e-mail
    html: str = ""  # of an e-mail
    buttons: tuple[Button, ...] = ()
    menu: str = ""
    sections: tuple[Section, ...] = ()
    link: str = ""
    chosen: str = ""
    file: File | None = None
    files: tuple[File, ...] = ()  # attachments of an e-mail
    location: Location | None = None
    template: str = ""  # its name
    quoted: str = ""  # id of the message that this one answers
    reactions: tuple[Reacted, ...] = ()
    status: Delivery
    reason: str = ""
    at: AwareDatetime


class Press(Shape):
    """A button or list row of a message of ours."""

    message_id: str
    id: str = Field(min_length=1, max_length=256)


class React(Shape):
    """emoji: empty takes it away again."""

    message_id: str
    emoji: str = Field(max_length=32)


class Said(Shape):
    """What the customer sends: exactly one of text, press, location, file (with text as its
    caption), reaction and unsupported (its kind, "contacts" say)."""

    channel: Carried = Channel.WHATSAPP
    ours: str = ""  # registration id; empty: the first number of the channel
    text: str = Field(default="", max_length=65_536)
    subject: str = Field(default="", max_length=400)
    press: Press | None = None
    location: Location | None = None
    file: FileId | None = None
    reaction: React | None = None
    unsupported: str = Field(default="", max_length=40)
    quoted: str = Field(default="", max_length=200)


class Seen(Shape):
    channel: Carried = Channel.WHATSAPP
    ours: str = ""  # empty: all
    message_id: str = ""  # only that one; empty: all of the conversation


class Window(Shape):
    """open: as if the customer had written just now; else as if a day had passed since."""

    open: bool = False


class Reach(Shape):
    reach: Reachable


class Chaos(Shape):
    """How Event Grid behaves. `duplicates`: the share of events that come a second time."""

    duplicates: float = Field(default=0.0, ge=0, le=1)
    shuffle: bool = False
    batch: int = Field(default=1, ge=1, le=5_000)  # most events of one request


class Faults(Shape):
    """The next `times` calls of the API are answered with `status`."""

    times: int = Field(default=0, ge=0, le=10_000)
    status: Literal[429, 500, 503] = 429
    after_s: int = Field(default=1, ge=0, le=3_600)  # Retry-After


class Grid(Shape):
    """How the delivery of events goes. `dead`: given up for good."""

    connected: bool
    webhook: str
    waiting: int
    delivered: int
    dead: int
    last_error: str = ""


class Posting(Shape):
    """One event on its way to the webhook. answer: the last one's, in words."""

    id: str
    type: str
    state: Literal["waiting", "trying", "delivered", "dead"]
    attempts: int = 0
    answer: str = ""
    event: dict[str, Any]
    at: AwareDatetime


class Overview(Shape):
    """links: where the product is, by what a page calls it."""

    phones: tuple[Phone, ...]
    numbers: tuple[OurNumber, ...]
    grid: Grid
    chaos: Chaos
    faults: Faults
    links: dict[str, str] = Field(default_factory=dict)
