"""Which files go with a sending's cards, and what becomes of it where they can't be made."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import cast

import pytest

from app.scenario import load_scenario
from channels.adapter import NotSent
from channels.letters import DocumentLetter, ImageLetter, Letter, TextLetter
from channels.rendering import Renderer
from contracts.clock import PinnedClock
from contracts.errors import RecordsUnavailable
from contracts.messages import Card, Channel, Part, Text
from contracts.records import Records, Rendition
from contracts.sending import Sending
from tests.unit.test_documents import COMPARED

pytestmark = pytest.mark.unit

NOW = datetime(2026, 1, 15, 18, tzinfo=UTC)
BILL = Card(card="bill", title="Your bill", rows=(("Due", "January 24"),), data={"bill_id": "B-1"})


class Kept:
    """Renditions in memory, by key."""

    def __init__(self, *, down: bool = False) -> None:
        self.files: dict[str, Rendition] = {}
        self.down = down

    async def keep(self, key: str, rendition: Rendition, at: datetime) -> str:
        if self.down:
            raise RecordsUnavailable("records are down")
        assert at == NOW
        self.files.setdefault(key, rendition)
        return f"token-{list(self.files).index(key)}"

    async def get(self, customer_id: str) -> None:
        if self.down:
            raise RecordsUnavailable("records are down")


class FakeRecords:
    def __init__(self, kept: Kept) -> None:
        self.renditions = kept
        self.customers = kept


def renderer(kept: Kept) -> Renderer:
    records = cast(Records, FakeRecords(kept))
    brand = load_scenario("utilities").brand
    return Renderer(records, brand, PinnedClock(NOW), "https://care.example")


async def letters(kept: Kept, *parts: Part, key: str = "turn:1") -> tuple[Letter, ...]:
    return await renderer(kept).letters(sending(*parts, key=key))


def sending(*parts: Part, key: str = "turn:1") -> Sending:
    return Sending(
        key=key,
        customer_id="c-1",
        channel=Channel.WHATSAPP,
        address="+15550101",
        purpose="reply",
        parts=parts,
        at=NOW,
    )


async def test_a_chart_goes_with_its_words_in_its_caption() -> None:
    kept = Kept()
    text, image = await letters(kept, Text(text="You used 6 percent more."), COMPARED)
    assert text == TextLetter("You used 6 percent more.")
    assert isinstance(image, ImageLetter)
    assert image.url == "https://care.example/media/token-0"
    assert "Electricity: 282 kWh, before 265 kWh." in image.caption
    [file] = kept.files.values()
    assert (file.name, file.content_type) == ("usage_compared.png", "image/png")


async def test_a_second_attempt_has_the_same_letters() -> None:
    kept = Kept()
    first = await letters(kept, Text(text="Here."), COMPARED)
    assert await letters(kept, Text(text="Here."), COMPARED) == first
    assert len(kept.files) == 1


async def test_other_content_never_has_the_address_of_another() -> None:
    kept = Kept()
    await letters(kept, COMPARED)
    services = {"gas": {"now": "9", "then": "8", "percent": None}}
    other = COMPARED.model_copy(update={"data": {**COMPARED.data, "services": services}})
    await letters(kept, other)
    assert len(kept.files) == 2


async def test_a_card_that_cannot_be_drawn_is_said_in_words() -> None:
    old = Card(card="usage", title="Your use", rows=(("January", "585 kWh"),))
    assert await letters(Kept(), Text(text="Here it is."), old) == (
        TextLetter("Here it is.\n\n*Your use*\nJanuary: 585 kWh"),
    )


async def test_a_bill_that_is_not_the_customers_is_not_enclosed() -> None:
    found = await letters(Kept(), Text(text="Your bill."), BILL)
    assert not [letter for letter in found if isinstance(letter, DocumentLetter)]


@pytest.mark.parametrize("card", [BILL, COMPARED])
async def test_while_the_records_are_down_it_waits(card: Card) -> None:
    with pytest.raises(NotSent) as waits:
        await letters(Kept(down=True), Text(text="Here."), card)
    assert waits.value.after_s


async def test_words_alone_need_no_records() -> None:
    safety = "Leave the house and call 911."
    assert await letters(Kept(down=True), Text(text=safety)) == (TextLetter(safety),)
