"""Bodies of the Call Automation API: what breaks one is answered with 400."""

from __future__ import annotations

import re
from typing import Annotated, Any, Literal, TypeVar

from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator
from pydantic.alias_generators import to_camel

from emulator.errors import bad_request
from emulator.wire import refusal

ANONYMOUS = "anonymous"
_RAW_PHONE = re.compile(r"^4:(\+?\w+)$")
_TONES = {
    "zero": "0", "one": "1", "two": "2", "three": "3", "four": "4", "five": "5", "six": "6",
    "seven": "7", "eight": "8", "nine": "9", "a": "A", "b": "B", "c": "C", "d": "D",
    "pound": "#", "asterisk": "*",
}  # fmt: skip

Url = Annotated[str, Field(pattern=r"^(https?|wss?)://", max_length=4_000)]


class _Wire(BaseModel):
    """Unknown keys are passed over, as Azure does."""

    model_config = ConfigDict(alias_generator=to_camel, frozen=True, populate_by_name=True)


class PhoneNumber(_Wire):
    value: str = Field(min_length=1, max_length=40)


class Identifier(_Wire):
    """Of a phone; ACS's other kinds are refused, as this one has no such users."""

    raw_id: str = ""
    phone_number: PhoneNumber | None = None

    @property
    def number(self) -> str:
        if self.phone_number is not None:
            return self.phone_number.value
        raw = _RAW_PHONE.match(self.raw_id)
        if raw is None:
            raise bad_request("the emulator knows phone numbers alone: rawId has to begin with 4:")
        return raw[1]


class MediaOptions(_Wire):
    transport_type: Literal["websocket"]
    audio_channel_type: Literal["mixed", "unmixed"]
    transport_url: Annotated[str, Field(pattern=r"^wss?://", max_length=4_000)]
    content_type: Literal["audio"] = "audio"
    start_media_streaming: bool = False
    enable_bidirectional: bool = False
    audio_format: Literal["pcm16KMono"] = "pcm16KMono"  # the emulator knows this one alone
    enable_dtmf_tones: bool = False


class OperationBody(_Wire):
    operation_context: str | None = None
    operation_callback_uri: Url | None = None


class AnswerBody(_Wire):
    incoming_call_context: str
    callback_uri: Url
    operation_context: str | None = None
    media_streaming_options: MediaOptions | None = None


class CreateBody(_Wire):
    targets: tuple[Identifier, ...] = Field(min_length=1, max_length=1)
    source_caller_id_number: PhoneNumber
    callback_uri: Url
    operation_context: str | None = None
    media_streaming_options: MediaOptions | None = None


class RejectBody(_Wire):
    incoming_call_context: str
    call_reject_reason: Literal["none", "busy", "forbidden"] | None = None


class RedirectBody(_Wire):
    incoming_call_context: str
    target: Identifier


class TransferBody(OperationBody):
    target_participant: Identifier
    transferee: Identifier | None = None
    source_caller_id_number: PhoneNumber | None = None


class AddBody(OperationBody):
    participant_to_add: Identifier
    source_caller_id_number: PhoneNumber
    invitation_timeout_in_seconds: int | None = Field(default=None, ge=1, le=180)


class CancelAddBody(OperationBody):
    invitation_id: str


class RemoveBody(OperationBody):
    participant_to_remove: Identifier


class MuteBody(OperationBody):
    target_participants: tuple[Identifier, ...] = Field(min_length=1, max_length=1)


class TextToPlay(_Wire):
    text: str = Field(min_length=1, max_length=5_000)
    source_locale: str | None = None


class SsmlToPlay(_Wire):
    ssml_text: str = Field(min_length=1, max_length=20_000)


class FileToPlay(_Wire):
    uri: Url


class PlaySource(_Wire):
    kind: Literal["text", "ssml", "file"]
    text: TextToPlay | None = None
    ssml: SsmlToPlay | None = None
    file: FileToPlay | None = None

    @model_validator(mode="after")
    def _complete(self) -> PlaySource:
        if getattr(self, self.kind) is None:
            raise ValueError(f"a source of kind {self.kind} needs {self.kind}")
        return self


class PlayOptions(_Wire):
    loop: bool = False


class PlayBody(OperationBody):
    play_sources: tuple[PlaySource, ...] = Field(min_length=1, max_length=10)
    play_to: tuple[Identifier, ...] = ()
    interrupt_call_media_operation: bool | None = None
    play_options: PlayOptions | None = None


class TonesBody(OperationBody):
    tones: tuple[str, ...] = Field(min_length=1, max_length=18)
    target_participant: Identifier

    @property
    def keys(self) -> str:
        return "".join(_TONES[tone.lower()] for tone in self.tones)

    @model_validator(mode="after")
    def _known(self) -> TonesBody:
        if unknown := [tone for tone in self.tones if tone.lower() not in _TONES]:
            raise ValueError(f"there is no tone {unknown[0]}")
        return self


class Locator(_Wire):
    server_call_id: str | None = None


class RecordBody(_Wire):
    call_locator: Locator | None = None
    call_connection_id: str | None = None
    recording_state_callback_uri: Url | None = None
    recording_content_type: Literal["audio"] | None = None  # the emulator sees nothing
    recording_format_type: Literal["wav"] | None = None
    pause_on_start: bool | None = None


B = TypeVar("B", bound=BaseModel)


def read(model: type[B], body: bytes) -> B:
    """Raises Refused (400), saying which field breaks which rule."""
    try:
        return model.model_validate_json(body or b"{}")
    except ValidationError as error:
        raise refusal(error) from None


def raw_id(number: str) -> str:
    return f"4:{number or ANONYMOUS}"


def identifier(number: str) -> dict[str, Any]:
    """A phone as ACS writes it; an empty number is withheld."""
    value = {"value": number or ANONYMOUS}
    return {"kind": "phoneNumber", "rawId": raw_id(number), "phoneNumber": value}
