"""Turns as a page shows them."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from contracts.errors import (
    BadInput,
    MemoryUnavailable,
    ModelUnavailable,
    Overloaded,
    RecordsUnavailable,
    ThreadBusy,
)
from contracts.messages import (
    Card,
    Channel,
    Choice,
    Choices,
    Handoff,
    Link,
    Part,
    Text,
    Turn,
)
from contracts.scenario import Brand
from ui.render import apology, label, options_of, render

pytestmark = pytest.mark.unit

ZONE = "America/Los_Angeles"
BRAND = Brand(name="C", phone="+1 800 1", emergency_phone="+1 800 9", timezone=ZONE)
AT = datetime(2026, 11, 21, 8, 5, tzinfo=UTC)  # five past midnight there


def turn(*parts: Part, reply: str = "Here it is.", **more: object) -> Turn:
    given = {
        "inbound_key": "voice:1",
        "customer_id": "C-1",
        "thread_id": "t",
        "channel": Channel.VOICE,
        "at": AT,
        "reply": reply,
        "parts": parts,
        **more,
    }
    return Turn.model_validate(given)


def test_a_card_becomes_a_widget_with_its_rows() -> None:
    shown = render(turn(Card(card="bill", title="Your bill", rows=(("Due", "December 3"),))))

    assert shown.text == "Here it is."
    [card] = shown.widgets
    assert card.name == "Card"
    assert card.props == {
        "kind": "bill",
        "title": "Your bill",
        "rows": [{"label": "Due", "value": "December 3"}],
    }


def test_only_links_a_browser_may_follow_are_shown() -> None:
    shown = render(
        turn(
            Link(label="Call", url="tel:+18005550142"),
            Link(label="Read", url="https://example.com/a"),
            Link(label="Run", url="javascript:alert(1)"),
        )
    )

    [links] = shown.widgets
    assert [link["label"] for link in links.props["links"]] == ["Call", "Read"]


def test_a_message_sent_elsewhere_is_quoted() -> None:
    shown = render(turn(Handoff(to=Channel.WHATSAPP, message="Hi Maria.\nGo on here.")))

    assert shown.text == "Here it is.\n\nSent to you by WhatsApp:\n\n> Hi Maria.\n> Go on here."


def test_without_a_reply_its_texts_are_shown() -> None:
    assert render(turn(Text(text="One."), Text(text="Two."), reply="")).text == "One.\n\nTwo."


def test_the_last_question_is_the_open_one() -> None:
    first = Choices(prompt="a?", options=(Choice(id="a", label="A"),))
    last = Choices(prompt="b?", options=(Choice(id="b", label="B"),))

    assert [it.id for it in options_of(turn(first, last))] == ["b"]
    assert [it.id for it in options_of(turn(pending={"tool": "pay"}))] == ["yes", "no"]
    assert options_of(turn()) == ()


@pytest.mark.parametrize(
    ("at", "expected"),
    [
        (AT, "Phone · 12:05 AM"),
        (datetime(2026, 11, 21, 20, 0, tzinfo=UTC), "Phone · 12:00 PM"),
        (datetime(2026, 11, 21, 7, 59, tzinfo=UTC), "Phone · Nov 20, 11:59 PM"),
        (datetime(2026, 7, 4, 0, 30, tzinfo=UTC), "Phone · Jul 3, 5:30 PM"),
    ],
)
def test_times_are_the_utilitys_own(at: datetime, expected: str) -> None:
    assert label(turn(at=at), zone=ZONE, now=AT) == expected


@pytest.mark.parametrize(
    ("error", "says"),
    [
        (BadInput("x"), "plain text"),
        (Overloaded("x"), "a moment"),
        (ThreadBusy("x"), "a moment"),
        (MemoryUnavailable("x"), "+1 800 9"),
        (RecordsUnavailable("x"), "+1 800 9"),
        (ModelUnavailable("x"), "+1 800 9"),
        (KeyError("secret"), "+1 800 1"),
    ],
)
def test_errors_are_told_in_a_kind_sentence(error: Exception, says: str) -> None:
    text = apology(error, BRAND)

    assert says in text
    assert "secret" not in text
