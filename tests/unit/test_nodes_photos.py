"""What a photo's words ask for, and which photos wait."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from contracts.messages import MAX_MEDIA, Channel, Inbound, Media
from nodes.media import WAITS_FOR, hands_over, media_of, waiting
from nodes.photos import to_keep
from nodes.state import MAX_PHOTOS, State

pytestmark = pytest.mark.unit

NOW = datetime(2026, 1, 15, 18, tzinfo=UTC)


def media(number: int = 1) -> dict[str, Any]:
    return {
        "id": f"att_{number}",
        "name": "a.jpg",
        "content_type": "image/jpeg",
        "size": 10,
        "sha256": "0" * 64,
    }


def state(*photos: dict[str, Any], **turn: Any) -> State:
    given = {"at": NOW.isoformat(), "session_id": "s", "rung": 2, **turn}
    return {"photos": list(photos), "turn": given}  # type: ignore[typeddict-item]


@pytest.mark.parametrize(
    "said",
    [
        "",
        "here's my meter",
        "Here’s the photo of my bill, thanks!",
        "this is my electric meter",
        "foto de mi medidor",
        "Hola, aquí está mi factura. Gracias",
        "📷",
    ],
)
def test_words_that_only_hand_it_over(said: str) -> None:
    assert hands_over(said)


@pytest.mark.parametrize(
    "said",
    [
        "here's my meter, the reading is 48213",
        "48213",
        "is this my bill?",
        "my bill looks wrong",
        "I smell gas here",
        "pay this bill",
        "yes",
        "¿esta es mi factura?",
        "quiero pagar esta factura",
    ],
)
def test_words_that_ask_for_something(said: str) -> None:
    assert not hands_over(said)


def test_photos_wait_once_for_a_day_and_not_too_many() -> None:
    old = {**media(1), "at": (NOW - WAITS_FOR).isoformat()}
    young = {**media(2), "at": (NOW - WAITS_FOR + timedelta(seconds=1)).isoformat()}
    found = waiting(state(old, young), [media(2), media(3)])
    assert [it["id"] for it in found] == ["att_2", "att_3"]
    assert found[1]["at"] == NOW.isoformat()
    many = waiting(state(), [media(n) for n in range(MAX_PHOTOS + 5)])
    assert [it["id"] for it in many] == [f"att_{n}" for n in range(5, MAX_PHOTOS + 5)]


def test_when_there_is_something_to_do() -> None:
    assert to_keep(state(media()))
    assert not to_keep(state())
    assert not to_keep(state(media(), rung=0))
    assert to_keep(state(media(), rung=0, media=[media()]))
    assert not to_keep(state(media(), move_to="C-1"))
    assert not to_keep(state(media(), session_id=""))  # nobody has looked who it is


def test_a_message_with_a_photo_alone_says_nothing() -> None:
    one = Media.model_validate(media())
    inbound = Inbound(channel=Channel.WEB, address="s", media=(one,), at=NOW)
    assert inbound.said == ""
    assert inbound.media[0].is_image
    assert Inbound.model_validate_json(inbound.model_dump_json()) == inbound
    assert media_of(state(media=[media()])["turn"]) == (one,)


def test_no_more_files_than_a_message_may_have() -> None:
    many = tuple(Media.model_validate(media(n)) for n in range(MAX_MEDIA + 1))
    with pytest.raises(ValueError, match="media"):
        Inbound(channel=Channel.WEB, address="s", media=many, at=NOW)
