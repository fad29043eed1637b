"""Turns as a page shows them."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from contracts.errors import (
    BadInput,
    MemoryUnavailable,
    ModelUnavailable,
    Overloaded,
    RecordsUnavailable,
    ThreadBusy,
)
from contracts.language import speaking
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
from ui.chat.render import apology, label, options_of, render, turns_as_bubbles

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
    shown = render(turn(Card(card="note", title="Your note", rows=(("Due", "December 3"),))))

    assert shown.text == "Here it is."
    [card] = shown.widgets
    assert card.name == "Card"
    assert (card.props["kind"], card.props["title"]) == ("note", "Your note")
    [row] = card.props["rows"]
    assert (row["label"], row["value"]) == ("Due", "December 3")


def test_a_card_that_was_kept_without_its_data_is_drawn_from_its_rows() -> None:
    shown = render(turn(Card(card="bill", title="Your bill", rows=(("Due", "December 3"),))))

    [card] = shown.widgets
    assert card.name == "Card"
    assert [row["value"] for row in card.props["rows"]] == ["December 3"]


def test_an_answer_is_drawn_in_its_own_language() -> None:
    reply = "Le envié el enlace para pagar su factura por WhatsApp."
    shown = render(turn(Handoff(to=Channel.SMS, message="Hola."), reply=reply))

    assert "Enviado por Mensaje de texto:" in shown.text


def test_a_time_is_said_in_the_pages_language() -> None:
    with speaking("es"):
        said = label(turn(at=datetime(2026, 11, 18, 20, 0, tzinfo=UTC)), zone=ZONE, now=AT)

    assert said == "Teléfono · 18 nov, 12:00 p. m."


@pytest.mark.parametrize(
    ("delivery", "said"),
    [
        ("", "WhatsApp · 12:05 AM"),
        ("sent", "WhatsApp · 12:05 AM"),
        ("read", "WhatsApp · 12:05 AM · answer read"),
        ("failed", "WhatsApp · 12:05 AM · the answer couldn't be delivered"),
    ],
)
def test_a_label_says_what_became_of_the_answer(delivery: str, said: str) -> None:
    answered = turn(channel=Channel.WHATSAPP, delivery=delivery, at=AT)
    assert label(answered, zone=ZONE, now=AT) == said


@pytest.mark.parametrize(("minutes", "shown"), [(5, ["WhatsApp"]), (90, ["WhatsApp", "Web chat"])])
def test_a_label_stands_where_channel_or_time_changes(minutes: int, shown: list[str]) -> None:
    first = turn(channel=Channel.WHATSAPP, said="hi")
    web = {"channel": Channel.WEB, "said": "hi"}
    second = turn(inbound_key="web:1", at=AT + timedelta(minutes=1), **web)
    third = turn(inbound_key="web:2", at=AT + timedelta(minutes=1 + minutes), **web)
    turns = [first, second, third]

    found = turns_as_bubbles(turns, zone=ZONE, now=AT)

    labels = [widget.props["label"] for it in found for widget in it.widgets]
    assert [text.split(" ·")[0] for text in labels] == [shown[0], "Web chat", *shown[1:]]
    assert [it.by_customer for it in found] == [True, False] * 3


def test_a_turn_nobody_began_has_its_label_with_the_answer() -> None:
    [bubble] = turns_as_bubbles([turn()], zone=ZONE, now=AT)

    assert (bubble.by_customer, bubble.text) == (False, "Here it is.")
    assert [widget.name for widget in bubble.widgets] == ["Elsewhere"]


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
    waits = {"tool": "pay", "read_back": "Here it is."}
    assert [it.id for it in options_of(turn(pending=waits))] == ["yes", "no"]
    assert options_of(turn(pending={**waits, "read_back": "Pay $10?"})) == ()
    assert options_of(turn()) == ()


def test_an_offer_made_on_the_phone_has_no_buttons_here() -> None:
    moves = Choices(prompt="WhatsApp?", options=(Choice(id="yes", label="Yes"),))

    assert options_of(turn(moves, offer={"to": "whatsapp"})) == ()
    assert options_of(turn(moves, offer={"to": "whatsapp"}, channel=Channel.WEB)) == moves.options


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


def test_of_an_answer_that_was_broken_off_what_was_heard_is_shown() -> None:
    asking = Choices(prompt="Shall I pay it?", options=(Choice(id="yes:1", label="Yes"),))
    answer = "You owe $10. Shall I pay it?"
    whole = turn(Text(text=answer), asking, reply=answer)
    assert options_of(whole) == asking.options

    cut = whole.model_copy(update={"heard": "You owe $10. Shall I"})
    assert render(cut).text == "You owe $10. Shall I"
    assert options_of(cut) == ()  # nobody would see what they agree to
    assert label(cut, zone=ZONE, now=AT) == "Phone · 12:05 AM · answer broken off"
    assert options_of(whole.model_copy(update={"heard": answer})) == asking.options


def test_of_an_answer_that_nobody_heard_nothing_is_said() -> None:
    [said] = turns_as_bubbles(
        [turn(Text(text="Hello."), reply="Hello.", said="wait", heard="")], zone=ZONE, now=AT
    )
    assert (said.text, said.by_customer) == ("wait", True)
