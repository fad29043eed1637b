"""What a turn shows, as an e-mail says it."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from html.parser import HTMLParser

import pytest

from app.scenario import load_scenario
from channels.letters import EmailLetter, Enclosure
from channels.rendering import mail
from channels.rendering.content import Drawn, content_of
from contracts.language import speaking
from contracts.messages import Card, Channel, Choice, Choices, Link, Part, Text
from contracts.scenario import Brand
from contracts.sending import Sending
from nodes.choices import yes_or_no

pytestmark = pytest.mark.unit

BILL = Card(
    card="bill",
    title="Your January bill",
    rows=(("Amount due", "$204.53"), ("Due", "January 24")),
)
SAID = Text(text="Your January bill is $204.53.\n\nIt's due on **January 24**.")


@pytest.fixture(scope="module")
def brand() -> Brand:
    return load_scenario("utilities").brand


def email(
    brand: Brand, *parts: Part, subject: str = "", drawn: tuple[Drawn, ...] = ()
) -> EmailLetter:
    sending = Sending(
        key="turn:email:1",
        customer_id="c-1",
        channel=Channel.EMAIL,
        address="maria@example.com",
        purpose="reply",
        parts=parts,
        subject=subject,
        at=datetime(2026, 1, 15, tzinfo=UTC),
    )
    return mail.letter(content_of(sending), brand, sending, drawn)


class Page(HTMLParser):
    """What a reader of the HTML sees, and what it would load."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.words: list[str] = []
        self.loads: list[str] = []
        self.links: list[str] = []
        self.open: list[str] = []
        self.feed(html)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        found = dict(attrs)
        self.loads += [found["src"] or ""] if "src" in found else []
        self.links += [found["href"] or ""] if tag == "a" else []
        if tag not in ("meta", "br", "link", "img"):
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag, f"<{tag}> is closed in the wrong place"

    def handle_data(self, data: str) -> None:
        if "style" not in self.open and data.strip():
            self.words.append(" ".join(data.split()))


def test_text_and_html_say_the_same(brand: Brand) -> None:
    link = Link(label="Pay $204.53", url="https://help.example.com/pay/1")
    letter = email(brand, SAID, BILL, link)
    page = Page(letter.html)
    shown = " ".join(page.words)
    for words in ("It's due on January 24.", "Amount due", "$204.53", "Pay $204.53"):
        assert words in letter.text
        assert words in shown
    assert page.links == [link.url]
    assert link.url in letter.text
    assert page.open == []


def test_nothing_is_loaded_from_elsewhere(brand: Brand) -> None:
    html = email(brand, SAID, BILL).html
    assert Page(html).loads == []
    assert "url(" not in html
    assert "<script" not in html


def test_what_a_customer_wrote_is_never_html(brand: Brand) -> None:
    card = Card(card="case", title="<b>Case</b>", rows=(("<i>", "<script>alert(1)</script>"),))
    letter = email(brand, Text(text="<img src=x> & https://x.example/a?b=1&c=2."), card)
    page = Page(letter.html)
    assert page.loads == []
    assert page.links == ["https://x.example/a?b=1&c=2"]
    assert "<img src=x> &" in " ".join(page.words)
    assert "<script>alert(1)</script>" in page.words


@pytest.mark.parametrize(
    ("parts", "given", "subject"),
    [
        ((SAID, BILL), "Re: my bill", "Re: my bill"),
        ((SAID, BILL), "", "Your January bill"),
        ((SAID,), "", "Your January bill is $204.53"),
        ((), "", "A message about your service"),
        ((Text(text="a very long word " * 20),), "", f"{'a very long word ' * 4}a very…"),
        ((SAID,), "two\r\nBcc: lines", "two Bcc: lines"),
    ],
)
def test_the_subject(brand: Brand, parts: tuple[Part, ...], given: str, subject: str) -> None:
    found = email(brand, *parts, subject=given).subject
    assert found == subject
    assert len(found) <= mail.SUBJECT


def test_a_question_is_answered_by_a_word_or_a_number(brand: Brand) -> None:
    asked = Choices(prompt="Shall I?", options=yes_or_no("Shall I?"))
    assert "Reply YES or NO." in email(brand, Text(text="Shall I?"), asked).text
    options = (Choice(id="a", label="Visa"), Choice(id="b", label="Bank"))
    letter = email(brand, Text(text="I found two."), Choices(prompt="Which one?", options=options))
    assert "Which one?\n1. Visa\n2. Bank\nReply with the number." in letter.text
    assert "2. Bank" in Page(letter.html).words


def test_files_are_enclosed_and_named(brand: Brand) -> None:
    drawn = Drawn("document", 0, "bill.pdf", "application/pdf", "The bill", data=b"%PDF")
    letter = email(brand, SAID, BILL, drawn=(drawn,))
    assert letter.enclosures == (Enclosure("bill.pdf", "application/pdf", b"%PDF"),)
    assert "Enclosed: The bill" in letter.text
    assert "Enclosed: The bill" in Page(letter.html).words


def test_it_is_in_the_customers_language(brand: Brand) -> None:
    with speaking("es"):
        letter = email(brand, Text(text="Su factura es de $204.53."))
    assert '<html lang="es">' in letter.html
    assert "Puede responder a este correo." in letter.html


def test_colours_can_be_told_apart(brand: Brand) -> None:
    """WCAG AA, in light and in dark: text on what it stands on."""
    html = email(brand, SAID, BILL).html
    light = [("#16303f", "#ffffff"), ("#4d626e", "#ffffff"), ("#16303f", "#e9f3f5")]
    dark = [("#eaf2f3", "#172329"), ("#a3b4bc", "#172329"), ("#eaf2f3", "#1e2f37")]
    accent = brand.colours["accent"]
    brands = [("#ffffff", accent[0]), ("#0d1f26", accent[1]), (accent[1], "#172329")]
    for ink, paper in (*light, *dark, *brands):
        assert ink in html
        assert paper in html
        assert contrast(ink, paper) >= 4.5, (ink, paper)


def contrast(one: str, other: str) -> float:
    lighter, darker = sorted((luminance(one), luminance(other)), reverse=True)
    return (lighter + 0.05) / (darker + 0.05)


def luminance(colour: str) -> float:
    shares = [int(part, 16) / 255 for part in re.findall("..", colour.lstrip("#"))]
    linear = [s / 12.92 if s <= 0.04045 else ((s + 0.055) / 1.055) ** 2.4 for s in shares]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]
