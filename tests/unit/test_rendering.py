"""What a turn shows, as WhatsApp and text messages say it."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from channels.letters import (
    ButtonsLetter,
    DocumentLetter,
    ImageLetter,
    Letter,
    ListLetter,
    Option,
    TextLetter,
)
from channels.rendering import choosing, sms, whatsapp
from channels.rendering.content import Content, Drawn, content_of
from channels.rendering.words import simple, starred, unmarked
from contracts.language import speaking
from contracts.messages import (
    Card,
    Channel,
    Choice,
    Choices,
    Handoff,
    HangUp,
    Link,
    Part,
    Step,
    Text,
)
from contracts.sending import Sending
from nodes.choices import yes_or_no

pytestmark = pytest.mark.unit

BILL = Card(
    card="bill",
    title="Your January bill",
    rows=(
        ("Amount due", "$204.53"),
        ("Due", "January 24"),
        ("This bill", "$204.53"),
        ("Period", "December 2 to January 1"),
    ),
)
ASKED = "I'll pay $204.53 from your Visa ending in 4242. Shall I?"
CHART = Drawn("image", 0, "usage.png", "image/png", "Your use", url="https://x.example/media/1")


def content(*parts: Part) -> Content:
    sending = Sending(
        key="turn:whatsapp:1",
        customer_id="c-1",
        channel=Channel.WHATSAPP,
        address="+15550101",
        purpose="reply",
        parts=parts,
        at=datetime(2026, 1, 15, tzinfo=UTC),
    )
    return content_of(sending)


def on_whatsapp(*parts: Part, drawn: tuple[Drawn, ...] = ()) -> tuple[Letter, ...]:
    return whatsapp.letters(content(*parts), drawn)


def by_text(*parts: Part) -> str:
    [letter] = sms.letters(content(*parts))
    return letter.text


def question(*labels: str, prompt: str = "Which one?") -> Choices:
    options = tuple(Choice(id=f"id-{n}", label=label) for n, label in enumerate(labels))
    return Choices(prompt=prompt, options=options)


# --- words and cards ----------------------------------------------------------------------------


def test_a_card_adds_what_the_words_have_not_said() -> None:
    said = Text(text="Your January bill is $204.53, and it's due on January 24.")
    [letter] = on_whatsapp(said, BILL)
    assert letter == TextLetter(
        f"{said.text}\n\n*Your January bill*\nPeriod: December 2 to January 1"
    )


def test_a_card_whose_rows_are_all_said_adds_nothing() -> None:
    card = BILL.model_copy(update={"rows": BILL.rows[:3]})
    said = Text(text="Your January bill is $204.53, due January 24.")
    assert on_whatsapp(said, card) == (TextLetter(said.text),)


def test_a_figure_within_another_is_not_said() -> None:
    card = Card(card="fee", title="Late fee", rows=(("Amount", "$12.00"), ("Autopay", "on")))
    [letter] = on_whatsapp(Text(text="You owe $12.001 or $112.00 on January 3."), card)
    assert isinstance(letter, TextLetter)
    assert letter.text.endswith("*Late fee*\nAmount: $12.00\nAutopay: on")


def test_a_list_stays_whole_unless_most_of_it_was_said() -> None:
    rows = tuple((month, f"${n}.00") for n, month in enumerate("ABCDEFGHIJKL", 100))
    card = Card(card="bills", title="Your bills", rows=rows)
    [letter] = on_whatsapp(Text(text="The highest was $111.00, for L."), card)
    assert isinstance(letter, TextLetter)
    assert letter.text.count("\n$") == 0
    assert letter.text.splitlines()[2:] == [
        "*Your bills*",
        *(f"{month}: {amount}" for month, amount in rows[:8]),
        "and 4 more",
    ]


def test_long_rows_are_fewer() -> None:
    rows = tuple((f"Program {n}", "x" * 200) for n in range(6))
    card = Card(card="programs", title="Programs", rows=rows)
    assert whatsapp.lines(card, "").splitlines()[-1] == "and 3 more"
    assert sms.lines(card, "").splitlines()[-1] == "and 4 more"


def test_what_was_sent_elsewhere_and_steps_are_not_repeated() -> None:
    parts: tuple[Part, ...] = (
        Step(tool="t", label="Looking", status="done"),
        Text(text="I've sent it to your phone."),
        Handoff(to=Channel.SMS, message="the whole story"),
        HangUp(),
    )
    assert on_whatsapp(*parts) == (TextLetter("I've sent it to your phone."),)


def test_nothing_to_say_is_no_message() -> None:
    assert on_whatsapp(HangUp()) == ()
    assert sms.letters(content(HangUp())) == ()


def test_links_are_plain_and_only_those_that_open_safely() -> None:
    links = (
        Link(label="Pay $5.00", url="https://help.example.com/pay/1"),
        Link(label="Call 211", url="tel:211"),
        Link(label="Call us", url="tel:+18005550911"),
        Link(label="Trap", url="javascript:alert(1)"),
    )
    text = "Our line is +1 800 555 0911."
    [letter] = on_whatsapp(Text(text=text), *links)
    assert letter == TextLetter(f"{text}\n\nPay $5.00: https://help.example.com/pay/1\nCall 211")


def test_markdown_is_written_as_each_channel_shows_it() -> None:
    said = "# Plans\n**Flat** costs [less](https://x.example/a).\n- one\n* two\n\n\n\n`done`"
    assert starred(said) == (
        "*Plans*\n*Flat* costs less: https://x.example/a.\n• one\n• two\n\ndone"
    )
    assert unmarked(said) == "Plans\nFlat costs less: https://x.example/a.\n- one\n- two\n\ndone"


# --- questions ----------------------------------------------------------------------------------


def test_a_yes_or_no_is_two_buttons_under_the_question() -> None:
    asked = Choices(prompt=ASKED, options=yes_or_no(ASKED))
    [letter] = on_whatsapp(Text(text=ASKED), asked)
    assert isinstance(letter, ButtonsLetter)
    assert letter.text == ASKED
    assert [it.title for it in letter.options] == ["Yes", "No"]
    assert [it.id for it in letter.options] == [it.id for it in asked.options]


def test_up_to_three_short_answers_are_buttons() -> None:
    [letter] = on_whatsapp(Text(text="I found two."), question("Visa 4242", "Bank 0002"))
    assert letter == ButtonsLetter(
        "I found two.\n\nWhich one?", (Option("id-0", "Visa 4242"), Option("id-1", "Bank 0002"))
    )


def test_a_question_that_the_words_put_is_not_put_again() -> None:
    [letter] = on_whatsapp(Text(text="Visa or bank, which?"), question("Visa", "Bank"))
    assert isinstance(letter, ButtonsLetter)
    assert letter.text == "Visa or bank, which?"


@pytest.mark.parametrize(
    "labels",
    [
        ("A", "B", "C", "D"),
        ("A label of 21 letters", "B"),
        ("Same", "Same"),
    ],
)
def test_what_is_no_button_is_a_row_of_a_list(labels: tuple[str, ...]) -> None:
    [letter] = on_whatsapp(question(*labels))
    assert isinstance(letter, ListLetter)
    assert [it.title for it in letter.rows] == list(labels)
    assert len(letter.button) <= whatsapp.LIST_BUTTON


def test_a_long_label_goes_on_below_its_title() -> None:
    [letter] = on_whatsapp(question("Tuesday, January 20, 10 AM to noon", "Wednesday morning"))
    assert isinstance(letter, ListLetter)
    assert letter.rows[0] == Option("id-0", "Tuesday, January 20", "10 AM to noon")


@pytest.mark.parametrize("labels", [tuple(f"Option {n}" for n in range(11)), ("x" * 30, "B")])
def test_what_fits_no_list_is_answered_by_number(labels: tuple[str, ...]) -> None:
    [letter] = on_whatsapp(question(*labels))
    assert isinstance(letter, TextLetter)
    assert f"2. {labels[1]}" in letter.text
    assert letter.text.endswith("Reply with the number.")


def test_the_question_stands_last_behind_the_chart() -> None:
    card = Card(card="usage", title="Your use", rows=(("January", "5 kWh"),))
    asked = question("Yes please", "No thanks", prompt="More?")
    letters = on_whatsapp(Text(text="You used 5 kWh. More?"), card, asked, drawn=(CHART,))
    assert letters == (
        TextLetter("You used 5 kWh."),
        ImageLetter(CHART.url, "Your use"),
        ButtonsLetter("More?", (Option("id-0", "Yes please"), Option("id-1", "No thanks"))),
    )


def test_words_too_long_for_a_question_go_before_it() -> None:
    text = " ".join(f"Sentence number {n} is here." for n in range(300))
    letters = on_whatsapp(Text(text=text), question("A", "B"))
    *before, last = letters
    assert isinstance(last, ButtonsLetter)
    assert len(last.text) <= whatsapp.BODY
    texts = [it.text for it in before if isinstance(it, TextLetter)]
    assert len(texts) == len(before) <= 3
    assert all(len(it) <= whatsapp.TEXT for it in texts)
    assert " ".join([*texts, last.text]).split() == [*text.split(), "Which", "one?"]


def test_files_are_sent_with_their_name_and_caption() -> None:
    bill = Drawn(
        "document", 0, "bill-2026-01.pdf", "application/pdf", "The bill", url="https://x.example/m"
    )
    *_, file = on_whatsapp(Text(text="Here."), BILL, drawn=(bill,))
    assert file == DocumentLetter("https://x.example/m", "bill-2026-01.pdf", "The bill")


LABELS = st.lists(st.text(min_size=1, max_size=120), min_size=1, max_size=14)
IDS = st.sampled_from(["", "x" * 150])


@settings(max_examples=200, deadline=None)
@given(LABELS, IDS, st.text(max_size=3_000))
def test_whatever_is_asked_keeps_the_limits(labels: list[str], ids: str, said: str) -> None:
    options = tuple(Choice(id=f"{ids}{n}", label=label) for n, label in enumerate(labels))
    for letter in on_whatsapp(Text(text=said), Choices(prompt="Which?", options=options)):
        within_limits(letter)


def within_limits(letter: Letter) -> None:
    match letter:
        case TextLetter(text):
            assert 0 < len(text) <= whatsapp.TEXT
        case ButtonsLetter(text, options):
            assert 0 < len(text) <= whatsapp.BODY
            assert 1 <= len(options) <= 3
            assert len({it.title for it in options}) == len(options)
            assert all(0 < len(it.title) <= 20 and 0 < len(it.id) <= 200 for it in options)
        case ListLetter(text, button, rows):
            assert 0 < len(text) <= whatsapp.BODY
            assert 0 < len(button) <= 20
            assert 1 <= len(rows) <= 10
            assert all(0 < len(it.title) <= 24 and len(it.description) <= 72 for it in rows)
        case _:
            raise AssertionError(f"nothing was drawn, but there is {letter}")


# --- text messages ------------------------------------------------------------------------------


def test_a_text_message_asks_for_a_number_or_a_word() -> None:
    assert by_text(Text(text="I found two."), question("Visa", "Bank")) == (
        "I found two.\nWhich one?\nReply 1 for Visa\nReply 2 for Bank"
    )
    asked = Choices(prompt=ASKED, options=yes_or_no(ASKED))
    assert by_text(Text(text=ASKED), asked) == f"{ASKED}\nReply YES or NO."
    with speaking("es"):
        assert by_text(Text(text="¿Lo pago?"), asked) == "¿Lo pago?\nResponda SÍ o NO."


def test_a_text_message_has_plain_quotes_dashes_and_spaces() -> None:
    said = "It\u2019s \u201con\u201d \u2013 about 9:30\u202fPM\u2026 at 41°F"
    assert by_text(Text(text=said)) == 'It\'s "on" - about 9:30 PM... at 41 F'


@pytest.mark.parametrize("letters", ["áéíóúüñ¿¡", "Peña & Søn"])
def test_letters_stay_as_they_are(letters: str) -> None:
    assert simple(letters) == letters


def test_a_long_text_comes_in_messages_of_its_limit() -> None:
    text = " ".join(f"Sentence number {n} is here." for n in range(120))
    letters = sms.letters(content(Text(text=text)))
    assert len(letters) > 1
    assert all(len(letter.text) <= sms.TEXT for letter in letters)
    assert " ".join(letter.text for letter in letters).split() == text.split()


def test_each_choice_that_fits_comes_back_by_its_own_id() -> None:
    asked = question(*(f"Option {n}" for n in range(10)))
    assert [it.id for it in choosing.rows(asked)] == [it.id for it in asked.options]
    assert choosing.buttons(asked) == ()


def test_an_id_that_could_not_come_back_is_no_button() -> None:
    options = (Choice(id="x" * 201, label="A"), Choice(id="b", label="B"))
    parts: dict[str, Any] = {"prompt": "Which?", "options": options}
    [letter] = on_whatsapp(Choices(**parts))
    assert isinstance(letter, TextLetter)
