import pytest

from channels.addresses import channel_named, normalise
from contracts.errors import BadInput, UnknownChannel
from contracts.messages import Channel

pytestmark = pytest.mark.unit


@pytest.mark.parametrize(
    ("raw", "expected"),
    [
        ("+15550101", "+15550101"),  # the demo's number, which no numbering plan knows
        ("15550101", "+15550101"),
        ("0015550101", "+15550101"),
        ("(503) 555-0142", "+15035550142"),
        ("503.555.0142", "+15035550142"),
        ("1 503 555 0142", "+15035550142"),
        ("tel:+15035550142", "+15035550142"),
        ("WhatsApp:+15550101", "+15550101"),
        ("011 44 20 7946 0958", "+442079460958"),
        ("+44 20 7946 0958", "+442079460958"),
        ("\uff0b\uff11\uff15\uff15\uff15\uff10\uff11\uff10\uff11", "+15550101"),
        ("  +1-555-0101 ", "+15550101"),
    ],
)
@pytest.mark.parametrize("channel", [Channel.VOICE, Channel.WHATSAPP, Channel.SMS])
def test_a_number_has_one_spelling(channel: Channel, raw: str, expected: str) -> None:
    assert normalise(channel, raw, "US") == expected


@pytest.mark.parametrize(
    "raw",
    [
        *("", "   ", "Maria", "call 15550101", "12345", "+", "+0", "+0123456789", "9" * 19),
        *("1\x005550101", "+15550101 ext 3", "+15550101;rm", "½½½½½½½", "+" * 400),
    ],
)
def test_what_is_no_number_is_refused(raw: str) -> None:
    with pytest.raises(BadInput):
        normalise(Channel.SMS, raw, "US")


def test_the_refusal_says_what_to_do_and_shows_no_control_characters() -> None:
    with pytest.raises(BadInput, match=r"write it like \+15035550101") as refused:
        normalise(Channel.SMS, "\x1b[31mred", "US")
    assert "\x1b" not in str(refused.value)


@pytest.mark.parametrize(
    ("raw", "expected"),
    [
        ("b3f0-12ab", "b3f0-12ab"),
        ("Maria@Example.com", "maria@example.com"),
        ("12345678", "12345678"),
        ("+1 555 0101", "+15550101"),
    ],
)
def test_a_web_address_is_a_session_or_an_email(raw: str, expected: str) -> None:
    assert normalise(Channel.WEB, raw, "US") == expected


@pytest.mark.parametrize("raw", ["two words", "a\nb", "x" * 321])
def test_a_web_address_has_no_spaces_and_an_end(raw: str) -> None:
    with pytest.raises(BadInput):
        normalise(Channel.WEB, raw, "US")


def test_channels_are_known_by_name() -> None:
    assert channel_named(" WhatsApp ") is Channel.WHATSAPP
    with pytest.raises(UnknownChannel, match="voice, whatsapp, sms, web, email"):
        channel_named("fax")
