"""The media protocol of calls, as Azure Communication Services speaks it: JSON texts over a
WebSocket, 50 frames of audio a second each way.

In: AudioMetadata once, then AudioData and DtmfData. Out: AudioData and StopAudio. Microsoft's own
programs differ in the case of keys and kinds, so neither counts, and the kind alone says what a
message is. The softphone's socket speaks the same.
"""

from __future__ import annotations

import json
from binascii import a2b_base64, b2a_base64
from dataclasses import dataclass
from typing import Any

from contracts.errors import BadInput
from contracts.speech import FRAME_BYTES, RATE, SILENCE

LONGEST = 16_384  # characters; a frame has about 1,000
DIGITS = "0123456789*#ABCD"
_NAMES = (
    *("zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine"),
    *("asterisk", "pound", "a", "b", "c", "d"),
)
_NAMED = dict(zip(_NAMES, DIGITS, strict=True))


@dataclass(frozen=True, slots=True)
class Metadata:
    """What the frames that follow are: always what we take, or `read` refuses it."""

    rate: int  # samples a second
    channels: int


@dataclass(frozen=True, slots=True)
class Frame:
    """20 ms of the caller, as contracts.speech has it."""

    pcm: bytes


@dataclass(frozen=True, slots=True)
class Dtmf:
    """A key that was pressed: one of `DIGITS`."""

    digit: str


def read(text: str | bytes) -> Metadata | Frame | Dtmf | None:
    """A message of the carrier's; None for a kind that we have no use for. Raises BadInput, saying
    what is wrong with it; the next message may be good again."""
    if len(text) > LONGEST:
        raise BadInput(f"a media message of {len(text)} characters: {LONGEST} at most are taken")
    try:
        message = json.loads(text)
    except (ValueError, RecursionError):
        raise BadInput("a media message that is not JSON") from None
    if not isinstance(message, dict):
        raise BadInput("a media message has to be a JSON object with a kind")
    kind = _value(message, "kind")
    if not isinstance(kind, str):
        raise BadInput('a media message needs a kind, such as "AudioData"')
    match kind.lower():
        case "audiodata":
            return Frame(_pcm(_part(message, "audioData")))
        case "dtmfdata":
            return Dtmf(_digit(_value(_part(message, "dtmfData"), "data")))
        case "audiometadata":
            return _metadata(_part(message, "audioMetadata"))
    return None


def audio(frame: bytes) -> str:
    """20 ms for the caller to hear."""
    data = b2a_base64(frame, newline=False).decode("ascii")
    return f'{{"Kind":"AudioData","AudioData":{{"Data":"{data}"}},"StopAudio":null}}'


def stop() -> str:
    """Whatever was sent and is not heard yet is not to be heard."""
    return '{"Kind":"StopAudio","AudioData":null,"StopAudio":{}}'


# --- the carrier's side of it ---------------------------------------------------------------------


def metadata() -> str:
    """What a carrier says first."""
    about = {"subscriptionId": "", "encoding": "PCM", "sampleRate": RATE, "channels": 1}
    return json.dumps(
        {"kind": "AudioMetadata", "audioMetadata": {**about, "length": FRAME_BYTES}},
        separators=(",", ":"),
    )


def heard(frame: bytes) -> str:
    """20 ms of the caller."""
    data = b2a_base64(frame, newline=False).decode("ascii")
    return f'{{"kind":"AudioData","audioData":{{"data":"{data}","silent":false}}}}'


def pressed(digit: str) -> str:
    """A key of the caller's."""
    return json.dumps({"kind": "DtmfData", "dtmfData": {"data": digit}}, separators=(",", ":"))


# --- reading --------------------------------------------------------------------------------------


def _value(part: dict[str, Any], key: str) -> Any:
    """What stands at a key of any case; None where it is not."""
    if key in part:
        return part[key]
    wanted = key.lower()
    return next((value for name, value in part.items() if name.lower() == wanted), None)


def _part(message: dict[str, Any], key: str) -> dict[str, Any]:
    part = _value(message, key)
    if not isinstance(part, dict):
        raise BadInput(f"a media message without its {key}")
    return part


def _pcm(part: dict[str, Any]) -> bytes:
    data = _value(part, "data")
    if not data and _value(part, "silent") is True:
        return SILENCE
    if not isinstance(data, str):
        raise BadInput("audioData needs its data, in base64")
    try:
        pcm = a2b_base64(data, strict_mode=True)
    except ValueError:
        raise BadInput("the data of audioData is not base64") from None
    if len(pcm) != FRAME_BYTES:
        raise BadInput(
            f"a frame of {len(pcm)} bytes: it has to be 20 ms of 16 kHz mono in 16 bits, which is "
            f"{FRAME_BYTES} bytes"
        )
    return pcm


def _digit(data: Any) -> str:
    digit = str(data).strip()
    digit = _NAMED.get(digit.lower(), digit)
    if len(digit) != 1 or digit not in DIGITS:
        raise BadInput(f"dtmfData has to be one of {' '.join(DIGITS)}")
    return digit


def _metadata(part: dict[str, Any]) -> Metadata:
    encoding = _value(part, "encoding")
    rate, channels = _value(part, "sampleRate"), _value(part, "channels")
    if str(encoding).upper() != "PCM":
        raise BadInput("audio has to be PCM: set the media streaming's audioFormat to pcm16KMono")
    if rate != RATE or channels not in (1, "mono", "Mono"):
        raise BadInput(
            f"audio has to be {RATE} Hz and mono: set the media streaming's audioFormat to "
            "pcm16KMono"
        )
    return Metadata(RATE, 1)
