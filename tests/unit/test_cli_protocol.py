import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cli.lines import Line
from cli.protocol import FIELDS, Defaults, inbound_of, turn_line
from contracts.errors import BadInput
from contracts.messages import Channel, Inbound
from tests.unit.cli_fakes import NOW, turn_of

pytestmark = pytest.mark.unit

NONE = Defaults(None, None, "US")


def inbound(message: Any, defaults: Defaults = NONE) -> Inbound:
    data = message if isinstance(message, bytes) else json.dumps(message).encode()
    return inbound_of(Line(1, data), defaults, NOW)


def test_a_line_is_a_message() -> None:
    line = {"channel": "WhatsApp", "from": "(503) 555-0142", "text": "any news?", "id": "m-1"}
    made = inbound(line | {"note": "unknown keys are passed over"})
    assert made == Inbound(
        channel=Channel.WHATSAPP, address="+15035550142", text="any news?", id="m-1", at=NOW
    )


def test_what_a_line_leaves_out_comes_from_the_options() -> None:
    made = inbound({"text": "hi"}, Defaults("sms", "+15550101", "US"))
    assert (made.channel, made.address) == (Channel.SMS, "+15550101")
    other = inbound({"text": "hi", "channel": "voice"}, Defaults("sms", "+15550101", "US"))
    assert other.channel is Channel.VOICE


def test_messages_without_an_id_are_different_messages() -> None:
    line = {"channel": "sms", "from": "+15550101", "text": "hi"}
    assert inbound(line).id != inbound(line).id


@pytest.mark.parametrize("said", [{"choice": "yes"}, {"dtmf": "12#"}, {"text": ""}])
def test_a_choice_or_keys_stand_for_text(said: dict[str, str]) -> None:
    made = inbound({"channel": "voice", "from": "+15550101", **said})
    assert made.said == next(iter(said.values()))


SMS = {"channel": "sms", "from": "+15550101", "text": "hi"}


@pytest.mark.parametrize(
    ("line", "says"),
    [
        (b"{oops", "not JSON"),
        (b"\xff\xfe\x00", "not UTF-8"),
        (b"[" * 50_000, "not JSON"),
        (b"9" * 5_000, "not JSON"),
        ([1], "not an object"),
        ("hi", "not an object"),
        (SMS | {"channel": "fax"}, "use one of voice, whatsapp, sms, web, email"),
        (SMS | {"channel": 7}, '"channel" is a number'),
        (SMS | {"channel": None}, '"channel" is missing'),
        (SMS | {"from": ""}, '"from" is missing'),
        (SMS | {"from": "Maria"}, "no phone number"),
        (SMS | {"from": ["+15550101"]}, '"from" is a list'),
        (SMS | {"text": {"a": 1}}, '"text" is an object'),
        (SMS | {"text": None}, '"text" is missing'),
        (SMS | {"text": "\ud800"}, '"text" holds half a character'),
        (SMS | {"id": 12}, '"id" is a number'),
        (SMS | {"id": ""}, '"id" can\'t be used'),
        (SMS | {"id": "i" * 201}, '"id" can\'t be used'),
        (SMS | {"dtmf": "hello"}, '"dtmf" can\'t be used'),
    ],
)
def test_a_bad_line_is_told_what_to_do(line: Any, says: str) -> None:
    with pytest.raises(BadInput) as refused:
        inbound(line)
    assert says in str(refused.value)


def test_a_line_that_is_too_long_is_refused() -> None:
    with pytest.raises(BadInput, match="262,144 bytes"):
        inbound_of(Line(1, b"", too_long=True), NONE, NOW)


@given(st.binary(max_size=200) | st.text(max_size=200).map(str.encode))
def test_no_line_does_more_than_be_refused(data: bytes) -> None:
    with pytest.raises(BadInput):
        inbound_of(Line(1, data), NONE, NOW)


def test_a_turn_is_one_ascii_line_with_stable_keys() -> None:
    turn = turn_of(inbound(SMS), "Two\nlines\u2028é")
    line = turn_line(turn)
    assert line.isascii()
    assert line.isprintable()
    found = json.loads(line)
    assert tuple(found) == FIELDS
    assert found["tools"] == [
        {"name": "find_outage", "args": {"kind": "electric"}, "status": "done"}
    ]
    assert found["reply"] == "Two\nlines\u2028é"
    assert found["parts"] == [{"kind": "text", "text": "Two\nlines\u2028é"}]
    assert found["channel"] == "sms"
