"""Thumbs under answers, without a browser: what is kept, asked and said."""

from __future__ import annotations

from datetime import UTC, datetime
from types import SimpleNamespace
from typing import Any

import pytest

from contracts.clock import PinnedClock
from contracts.errors import RecordsUnavailable
from contracts.messages import Channel, Turn
from contracts.records import Rating
from ui.cards import Widget
from ui.chat.ratings import LONGEST_COMMENT, Ratings

pytestmark = pytest.mark.unit

NOW = datetime(2026, 11, 21, 18, 42, tzinfo=UTC)


class FakeWritten:
    def __init__(self) -> None:
        self.labels: tuple[str, str] = ("", "")
        self.pressed: list[int] = []

    async def thumbs(self, turn_key: str, up: str, down: str, pressed: int | None = None) -> None:
        self.labels = (up, down)

    async def thumb(self, value: int) -> None:
        self.pressed.append(value)


class FakePage:
    def __init__(self) -> None:
        self.toasts: list[str] = []
        self.written: list[tuple[str, tuple[Widget, ...]]] = []

    async def toast(self, text: str) -> None:
        self.toasts.append(text)

    async def write(self, text: str, widgets: tuple[Widget, ...] = ()) -> None:
        self.written.append((text, widgets))


class Rated:
    """A page with one answer on it."""

    def __init__(self) -> None:
        self.kept: list[Rating] = []
        self.down = False
        self.page, self.answer = FakePage(), FakeWritten()
        app: Any = SimpleNamespace(
            clock=PinnedClock(NOW), records=SimpleNamespace(feedback=SimpleNamespace(add=self._add))
        )
        page: Any = self.page
        self.ratings = Ratings(app, page)

    async def _add(self, rating: Rating) -> None:
        if self.down:
            raise RecordsUnavailable("down")
        self.kept.append(rating)

    async def offer(self, reply: str = "You owe ten dollars on your bill today.") -> None:
        turn = Turn(
            inbound_key="web:1", customer_id="C-1", thread_id="t", channel=Channel.WEB,
            reply=reply, at=NOW,
        )  # fmt: skip
        written: Any = self.answer
        await self.ratings.offer(turn, written)

    @property
    def values(self) -> list[tuple[int, str]]:
        return [(rating.value, rating.comment) for rating in self.kept]


@pytest.fixture
async def rated() -> Rated:
    made = Rated()
    await made.offer()
    return made


async def test_a_thumb_up_is_kept_and_thanked_for(rated: Rated) -> None:
    await rated.ratings.rate("web:1", 1)
    assert rated.kept == [Rating(key="web:1", customer_id="C-1", value=1, at=NOW)]
    assert rated.answer.pressed == [1]
    assert rated.page.toasts == ["Thank you for telling us."]
    assert rated.page.written == []


async def test_a_thumb_down_asks_once_what_was_wrong(rated: Rated) -> None:
    for value in (-1, 1, -1):
        await rated.ratings.rate("web:1", value)
    [(said, (form,))] = rated.page.written
    assert said == "I'm sorry that didn't help."
    assert (form.name, form.props["turn"]) == ("Comment", "web:1")
    assert rated.values == [(-1, ""), (1, ""), (-1, "")]


async def test_a_comment_is_kept_with_its_secrets_masked(rated: Rated) -> None:
    await rated.ratings.rate("web:1", -1)
    await rated.ratings.comment(
        "web:1", "  my card 4111 1111 1111 1111 was\x00 charged twice " * 50
    )
    value, comment = rated.values[-1]
    assert value == -1
    assert comment.startswith("my card [card number removed] was charged twice")
    assert "4111" not in comment
    assert len(comment) <= LONGEST_COMMENT


@pytest.mark.parametrize("text", ["", "   ", "\x07"])
async def test_an_empty_comment_changes_nothing(rated: Rated, text: str) -> None:
    await rated.ratings.rate("web:1", -1)
    await rated.ratings.comment("web:1", text)
    assert rated.values == [(-1, "")]


async def test_what_is_not_on_the_page_can_not_be_rated_from_it(rated: Rated) -> None:
    await rated.ratings.rate("web:another-customers", -1)
    await rated.ratings.comment("web:another-customers", "no")
    await rated.ratings.comment("web:1", "no thumb was given yet")
    assert rated.kept == []
    assert rated.page.written == []


async def test_the_same_thumb_twice_counts_once(rated: Rated) -> None:
    await rated.ratings.rate("web:1", 1)
    await rated.ratings.rate("web:1", 1)
    assert rated.values == [(1, "")]


async def test_a_thumb_that_could_not_be_kept_can_be_given_again(rated: Rated) -> None:
    rated.down = True
    await rated.ratings.rate("web:1", 1)
    assert rated.page.toasts == ["I couldn't note that just now. Please try again later."]
    assert rated.answer.pressed == []
    rated.down = False
    await rated.ratings.rate("web:1", 1)
    assert rated.values == [(1, "")]


async def test_it_speaks_the_language_of_the_answer() -> None:
    rated = Rated()
    await rated.offer("Su saldo es de diez dólares y vence el viernes.")
    await rated.ratings.rate("web:1", -1)
    [(said, _)] = rated.page.written
    assert rated.answer.labels == ("Esto me ayudó", "Esto no me ayudó")
    assert said == "Lamento que eso no le haya ayudado."


async def test_an_answer_without_words_has_no_thumbs() -> None:
    rated = Rated()
    await rated.offer("")
    await rated.ratings.rate("web:1", 1)
    assert rated.answer.labels == ("", "")
    assert rated.kept == []
