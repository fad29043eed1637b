"""The media protocol: what is read of a carrier, what is refused, and what is said to it."""

from __future__ import annotations

import json
from base64 import b64decode, b64encode
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from contracts.errors import BadInput
from contracts.speech import FRAME_BYTES, SILENCE
from voice import media
from voice.media import DIGITS, LONGEST, Dtmf, Frame, Metadata, read

pytestmark = pytest.mark.unit

PCM = bytes(range(256)) * 2 + bytes(128)
AS_DOCUMENTED = (
    '{"kind":"AudioMetadata","audioMetadata":{"subscriptionId":"89e8cb59-b991-48b0-b154-'
    '1db84f16a077","encoding":"PCM","sampleRate":16000,"channels":1,"length":640}}'
)

anything = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20),
    lambda inner: (
        st.lists(inner, max_size=4)
        | st.dictionaries(
            st.sampled_from(
                ["kind", "Kind", "audioData", "AudioData", "data", "dtmfData", "silent"]
            )
            | st.text(max_size=8),
            inner,
            max_size=5,
        )
    ),
    max_leaves=12,
)


def spelt(key: str, how: str) -> str:
    return {"upper": key.upper(), "lower": key.lower(), "title": key[0].upper() + key[1:]}[how]


def respelt(value: Any, how: str) -> Any:
    if not isinstance(value, dict):
        return value
    return {spelt(key, how): respelt(inner, how) for key, inner in value.items()}


def of_audio(pcm: bytes = PCM, **more: Any) -> dict[str, Any]:
    data = {"timestamp": "2024-11-15T19:16:12.925Z", "participantRawID": "4:+15550101"}
    return {"kind": "AudioData", "audioData": {**data, "data": b64encode(pcm).decode(), **more}}


def test_what_acs_sends_is_read() -> None:
    assert read(AS_DOCUMENTED) == Metadata(rate=16_000, channels=1)
    assert read(json.dumps(of_audio(silent=False))) == Frame(PCM)
    assert read('{"kind":"DtmfData","dtmfData":{"data":"3"}}') == Dtmf("3")


@pytest.mark.parametrize("how", ["upper", "lower", "title"])
@pytest.mark.parametrize("kind", ["AudioData", "audioData", "AUDIODATA"])
def test_case_does_not_count(how: str, kind: str) -> None:
    message = respelt(of_audio(), how)
    message[spelt("kind", how)] = kind
    assert read(json.dumps(message)) == Frame(PCM)
    assert read(json.dumps(respelt(json.loads(AS_DOCUMENTED), how))) == Metadata(16_000, 1)


def test_the_kind_alone_says_what_it_is() -> None:
    assert read(json.dumps({**of_audio(), "stopAudio": None, "dtmfData": {"data": "1"}})) == Frame(
        PCM
    )


def test_a_kind_we_have_no_use_for_is_passed_over() -> None:
    assert read('{"kind":"TranscriptionData","transcriptionData":{"text":"hi"}}') is None


def test_a_silent_frame_without_data_is_silence() -> None:
    assert read('{"kind":"AudioData","audioData":{"data":null,"silent":true}}') == Frame(SILENCE)


@pytest.mark.parametrize(("said", "digit"), [("nine", "9"), ("asterisk", "*"), ("pound", "#")])
def test_a_tone_may_be_said_by_its_name(said: str, digit: str) -> None:
    assert read(json.dumps({"kind": "DtmfData", "dtmfData": {"data": said}})) == Dtmf(digit)


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("", "not JSON"),
        ("[" * 9_000, "not JSON"),
        ("[1]", "has to be a JSON object"),
        ("{}", "needs a kind"),
        ('{"kind":7}', "needs a kind"),
        ('{"kind":"AudioData"}', "without its audioData"),
        ('{"kind":"AudioData","audioData":{}}', "needs its data"),
        ('{"kind":"AudioData","audioData":{"data":"not base64!"}}', "not base64"),
        ('{"kind":"AudioData","audioData":{"data":"né"}}', "not base64"),
        (json.dumps(of_audio(PCM[:-2])), "638 bytes"),
        (json.dumps(of_audio(PCM * 2)), "1280 bytes"),
        ('{"kind":"DtmfData","dtmfData":{"data":"12"}}', "one of 0 1 2"),
        ('{"kind":"DtmfData","dtmfData":{"data":""}}', "one of 0 1 2"),
        (AS_DOCUMENTED.replace("16000", "24000"), "16000 Hz"),
        (AS_DOCUMENTED.replace('"channels":1', '"channels":2'), "mono"),
        (AS_DOCUMENTED.replace("PCM", "opus"), "has to be PCM"),
        (" " * (LONGEST + 1), "characters"),
    ],
)
def test_what_can_t_be_used_is_refused(text: str, why: str) -> None:
    with pytest.raises(BadInput, match=why):
        read(text)


def test_what_is_said_to_a_carrier_is_as_documented() -> None:
    spoken = json.loads(media.audio(PCM))
    assert spoken == {
        "Kind": "AudioData",
        "AudioData": {"Data": b64encode(PCM).decode()},
        "StopAudio": None,
    }
    assert b64decode(spoken["AudioData"]["Data"]) == PCM
    assert json.loads(media.stop()) == {"Kind": "StopAudio", "AudioData": None, "StopAudio": {}}


@given(st.binary(min_size=FRAME_BYTES, max_size=FRAME_BYTES))
def test_a_frame_comes_through_as_it_was(pcm: bytes) -> None:
    assert read(media.heard(pcm)) == read(media.audio(pcm)) == Frame(pcm)


@given(st.sampled_from(DIGITS))
def test_a_digit_comes_through(digit: str) -> None:
    assert read(media.pressed(digit)) == read(media.pressed(digit.lower())) == Dtmf(digit)


def test_what_we_say_as_a_carrier_is_what_we_take() -> None:
    assert read(media.metadata()) == Metadata(16_000, 1)


@given(
    st.text(max_size=200)
    | st.binary(max_size=200)
    | anything.map(json.dumps)
    | st.tuples(st.sampled_from(["AudioData", "DtmfData", "AudioMetadata"]), anything).map(
        lambda it: json.dumps({"kind": it[0], it[0]: it[1]})
    )
)
def test_whatever_comes_is_read_or_refused(text: str | bytes) -> None:
    try:
        got = read(text)
    except BadInput:
        return
    assert got is None or isinstance(got, Metadata | Frame | Dtmf)
    if isinstance(got, Frame):
        assert len(got.pcm) == FRAME_BYTES
