"""What the phone page and tests see of calls, as JSON; `emulator/api.py` has the other shapes.

All of it is below `/emulator/api`. A call has one `id`, which is the callConnectionId as well.

| route | what |
| --- | --- |
| `POST /calls` | `NewCall` -> `CallShown`: a phone calls the utility |
| `GET /calls` | list of `CallShown`, the newest last |
| `GET /calls/{id}` | `CallShown` |
| `POST /calls/{id}/answer` | `Answered` -> `CallShown`: a phone takes a call that rings there |
| `POST /calls/{id}/decline` | `Answered` -> `CallShown` |
| `POST /calls/{id}/hangup` | `Answered` -> `CallShown`: a phone rings off |
| `POST /calls/{id}/keys` | `Keys` -> `CallShown`: a phone presses keys |
| `POST /calls/{id}/audio?number=` | a WAV as the body (16 kHz, mono, 16 bits): a phone says it |
| `WS /calls/{id}/line?number=` | what is heard and said at a phone, as it is |
| `GET /recordings/{id}` | a recording, as WAV |
| `GET /agents` | list of `Agent`: where people take calls |
| `POST /agents` | `Agent` -> `Agent`: one that answers or declines by itself, or does nothing |
| `POST /calls/faults` | `CallFaults` -> `CallFaults` |

A binary message of `line` to the phone is the number of its 20 ms since the call was connected (4
bytes, the highest first) and 640 bytes of what is heard in them; when nothing is, none comes. One
from the phone is audio to be said, after what was sent before. Text messages are `LineEvent`s to
the phone, and `Keys`, `Mark`, `{"live": true}` or `{"hangUp": true}` from it.
"""

from __future__ import annotations

from typing import Literal

from pydantic import AwareDatetime, Field

from emulator.shape import Shape

NUMBER = r"^\+[1-9]\d{5,14}$"
MAX_TONES = 40


class NewCall(Shape):
    """`to` empty: the utility's first number. `from` empty: the number is withheld. `wav`: the id
    of an uploaded file that is said as soon as the call is connected."""

    caller: str = Field(default="", alias="from", pattern=rf"{NUMBER}|^$")
    to: str = Field(default="", pattern=rf"{NUMBER}|^$")
    wav: str = Field(default="", max_length=80)


class Answered(Shape):
    """Whose phone; empty: the customer's."""

    number: str = Field(default="", pattern=rf"{NUMBER}|^$")


class Keys(Shape):
    keys: str = Field(pattern=rf"^[0-9A-D*#]{{1,{MAX_TONES}}}$")
    number: str = Field(default="", pattern=rf"{NUMBER}|^$")


class Mark(Shape):
    """Ends what was sent to be said since the mark before."""

    mark: int = Field(ge=0)


class LineEvent(Shape):
    """What happens at a phone. `at` counts the call's frames of 20 ms.

    connected; tick: so far the call is; said: the audio of `mark` was said from `began` to `at`;
    text: what is spoken to this phone, as it begins, or in its place where there is no voice; keys:
    pressed by the utility; ended.
    """

    kind: Literal["connected", "tick", "said", "text", "keys", "ended"]
    at: int = 0
    began: int = 0
    mark: int = 0
    text: str = ""


class CallShown(Shape):
    """A call as a phone shows it. `ringing`: where it rings; `reason`: why it ended."""

    id: str
    direction: Literal["inbound", "outbound"]  # as the utility sees it
    phone: str  # the customer's; empty: withheld
    ours: str
    state: Literal["ringing", "connected", "ended"]
    ringing: tuple[str, ...] = ()
    participants: tuple[str, ...] = ()  # phones that are in it
    with_us: bool = False  # whether the utility is in it
    recording: bool = False
    said: tuple[str, ...] = ()  # texts that were to be spoken and had no voice
    reason: str = ""
    at: AwareDatetime
    connected: AwareDatetime | None = None
    ended: AwareDatetime | None = None


class Agent(Shape):
    """A person's phone that nobody has to hold. `does`: what by itself, after it rang for
    `after_s`; where that is nothing, it rings at the page's desk, to be taken there."""

    number: str = Field(pattern=NUMBER)
    does: Literal["answers", "declines", "nothing"] = "answers"
    after_s: float = Field(default=0.0, ge=0, le=120)


class CallFaults(Shape):
    """What goes wrong in calls from here on.

    The next `answers` attempts to answer get `answer_status`; each call of the API takes `slow_s`
    longer. Of the media: the socket is dropped after `drop_after_s`; every `malformed_every`-th
    message is broken; `sample_rate` is what the metadata say; `speed` frames come where one should;
    `dumb`: no frame comes at all. `token` is what call-backs and sockets bear.
    """

    answers: int = Field(default=0, ge=0, le=10_000)
    answer_status: Literal[400, 403, 404, 409, 429, 500, 503] = 500
    slow_s: float = Field(default=0.0, ge=0, le=60)
    drop_after_s: float = Field(default=0.0, ge=0, le=600)  # 0: never
    malformed_every: int = Field(default=0, ge=0, le=10_000)  # 0: never
    sample_rate: int = Field(default=16_000, ge=1, le=192_000)
    speed: int = Field(default=1, ge=1, le=20)
    dumb: bool = False
    token: Literal["own", "stranger", "expired", "none"] = "own"
