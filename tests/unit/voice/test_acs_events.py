"""What Azure tells of calls, as we read it."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest

from contracts.errors import BadInput
from gateway.wire.events import Event
from voice.acs.events import INCOMING, masked, number_of, raw_ids, read_incoming, read_notice

pytestmark = pytest.mark.unit

NOW = datetime(2026, 1, 15, 18, 0, tzinfo=UTC)
MARIA = {"kind": "phoneNumber", "rawId": "4:+15550101", "phoneNumber": {"value": "+15550101"}}
DATA: dict[str, Any] = {
    "incomingCallContext": "context",
    "from": MARIA,
    "to": {"rawId": "4:+18005550142"},
}


def event(kind: str = INCOMING, **data: Any) -> Event:
    return Event(id="e1", type=kind, at=NOW, data=data)


@pytest.mark.parametrize(
    ("identifier", "number"),
    [
        (MARIA, "+15550101"),
        ({"rawId": "4:+44 20 7946 0018"}, "+442079460018"),
        ({"rawId": "4:442079460018"}, "+442079460018"),
        ({"rawId": "4:anonymous"}, ""),
        ({"rawId": "4:+266696687"}, ""),  # what networks send for all who hide their number
        ({"kind": "phoneNumber", "rawId": "4:", "phoneNumber": {"value": ""}}, ""),
        ({"kind": "communicationUser", "rawId": "8:acs:1"}, ""),
        ({"kind": "unknown"}, ""),
        ("+15550101", ""),
        (None, ""),
    ],
)
def test_a_number_is_e164_or_nothing(identifier: object, number: str) -> None:
    assert number_of(identifier) == number


def test_a_call_that_comes_again_is_the_same_and_another_is_not() -> None:
    first, again = read_incoming(event(**DATA)), read_incoming(event(**DATA))
    other = read_incoming(event(**(DATA | {"incomingCallContext": "another"})))
    assert first is not None
    assert again is not None
    assert other is not None
    assert first.call_id == again.call_id != other.call_id
    assert (first.caller, first.number) == ("+15550101", "+18005550142")


@pytest.mark.parametrize("context", [None, "", 7, "x" * 40_000])
def test_a_call_that_can_not_be_answered_is_told_so(context: object) -> None:
    with pytest.raises(BadInput, match="incomingCallContext"):
        read_incoming(event(**(DATA | {"incomingCallContext": context})))


def test_other_events_are_none_of_a_calls() -> None:
    assert read_incoming(event("Microsoft.Communication.SMSReceived")) is None
    assert read_notice(event("Microsoft.Storage.BlobCreated")) is None


def test_a_notice_survives_whatever_it_lacks() -> None:
    notice = read_notice(event("Microsoft.Communication.PlayFailed", resultInformation=[1]))
    assert notice is not None
    assert (notice.kind, notice.connection_id, notice.code) == ("PlayFailed", "", 0)
    told = {"code": 400, "subCode": 8535, "message": "4:+15550101 left"}
    notice = read_notice(event("Microsoft.Communication.PlayFailed", resultInformation=told))
    assert notice is not None
    assert (notice.code, notice.subcode) == (400, 8535)


def test_participants_are_masked() -> None:
    people = [{"identifier": MARIA}, {"identifier": {"rawId": "8:acs:1"}}, "x", {"identifier": 1}]
    assert raw_ids({"participants": people}) == {"4:+15550101", "8:acs:1"}
    assert raw_ids({}) == raw_ids({"participants": 7}) == raw_ids({"participants": {}}) == set()
    assert masked("4:+15550101") == "a phone ending in 0101"
    assert "8:acs" not in masked("8:acs:1")
