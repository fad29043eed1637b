"""What is new in an e-mail."""

from __future__ import annotations

import pytest

from channels.quoted import newest, plain

pytestmark = pytest.mark.unit


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("Yes please", "Yes please"),
        (
            "Yes please\n\nOn Thu, Jan 15, 2026 at 6:00 PM Us <care@x.com> wrote:\n> Pay now?",
            "Yes please",
        ),
        (
            "Yes\n\nOn Thu, Jan 15, 2026 at 6:00 PM Cascade Power & Gas\n"
            "<care@cascade.example> wrote:\n\n> Pay now?\n> Yes or no",
            "Yes",
        ),
        ("Sí, gracias\n\nEl jue, 15 ene 2026 a las 18:00, Ana escribió:\n> ¿Pago?", "Sí, gracias"),
        ("Yes\n\n-----Original Message-----\nFrom: us\nPay now?", "Yes"),
        ("Yes\n\nFrom: Cascade <c@x.com>\nSent: Thursday\nTo: me\nSubject: Bill\n\nPay?", "Yes"),
        ("Sí\n\nDe: Cascade <c@x.com>\nEnviado: jueves\nPara: mí\n\n¿Pago?", "Sí"),
        ("Yes\n________________________________\nFrom: us", "Yes"),
        ("It's out again.\n\n-- \nMaria Alvarez\n418 Alder Street", "It's out again."),
        ("It's out again.\r\n\r\nSent from my iPhone", "It's out again."),
        ("Está sin luz.\n\nEnviado desde mi iPhone", "Está sin luz."),
        ("> Pay now?\nYes\n> Electric or gas?\nElectric", "Yes\nElectric"),
        ("> Pay now?\n\nOn Thu, Jan 15, 2026 at 6 PM A wrote:\n> x\n\nYes, below", "Yes, below"),
        ("> all of it quoted", "> all of it quoted"),
        (
            "On Monday the power went out.\nFrom: 5 PM it was back.",
            "On Monday the power went out.\nFrom: 5 PM it was back.",
        ),
        ("From: Alder Street to Main, all dark", "From: Alder Street to Main, all dark"),
        ("one\n\n\n\n\ntwo", "one\n\ntwo"),
        ("Thanks --\nso it is", "Thanks --\nso it is"),
    ],
)
def test_only_what_was_written_now_is_left(text: str, said: str) -> None:
    assert newest(text) == said


def test_html_is_read_as_words_without_what_it_quotes() -> None:
    page = (
        "<html><head><title>x</title><style>p{}</style></head><body><p>Hello &amp; thanks</p>"
        "<div>What do I owe?<br>Maria</div><div class='gmail_quote'>On Thu we wrote:"
        "<blockquote>Pay now?</blockquote></div></body></html>"
    )
    assert plain(page) == "Hello & thanks\n\nWhat do I owe?\nMaria"


def test_html_of_outlook_ends_where_the_answered_mail_begins() -> None:
    page = "<div>Yes</div><div id='divRplyFwdMsg'><b>From:</b> us</div><div>Pay?</div>"
    assert plain(page) == "Yes"


@pytest.mark.parametrize(
    "hostile",
    ["On 1 " * 200_000, "\n" * 900_000, ">" * 900_000, "From: a\n" * 100_000, "-" * 900_000],
)
@pytest.mark.timeout(60)  # what takes the square of the length takes hours
def test_a_text_made_to_be_slow_is_not(hostile: str) -> None:
    assert len(newest(hostile)) <= len(hostile)
