"""STOP, START and HELP, and all that only looks like them."""

from __future__ import annotations

import pytest

from contracts.messages import Channel
from nodes.keywords import CHANNELS, keyword_of

pytestmark = pytest.mark.unit


@pytest.mark.parametrize("channel", sorted(CHANNELS))
@pytest.mark.parametrize("asked", [True, False])
@pytest.mark.parametrize(
    ("said", "keyword"),
    [
        *((said, "stop") for said in ("STOP", "stop.", " Stop!! ", "StopAll", "STOP ALL")),
        *((said, "stop") for said in ("Unsubscribe", "opt-out", "ALTO", "Parar", "¡Baja!")),
        *((said, "stop") for said in ("Dar de baja", "«stop»", "STOP\n")),
        *((said, "start") for said in ("START", "start.", "unstop", "Iniciar", "Reanudar")),
        *((said, "help") for said in ("HELP", "help!", "Ayuda")),
    ],
)
def test_the_words_alone_are_keywords(
    said: str, keyword: str, channel: Channel, asked: bool
) -> None:
    assert keyword_of(said, channel, asked=asked) == keyword


@pytest.mark.parametrize(
    "said",
    [
        *("", "👍", "stop my autopay", "please stop", "stop it", "don't stop", "full stop"),
        *("start service", "help me", "I need help", "necesito ayuda", "stop?no", "yes", "no"),
        *("no", "darme de baja del servicio", "alto voltaje", "1", "stops"),
    ],
)
@pytest.mark.parametrize("channel", sorted(Channel))
def test_what_holds_them_is_not(said: str, channel: Channel) -> None:
    assert keyword_of(said, channel, asked=False) is None


@pytest.mark.parametrize("said", ["STOP", "START", "HELP"])
@pytest.mark.parametrize("channel", [Channel.VOICE, Channel.WEB])
def test_they_mean_nothing_elsewhere(said: str, channel: Channel) -> None:
    assert keyword_of(said, channel, asked=False) is None


@pytest.mark.parametrize("said", ["CANCEL", "end", "Quit.", "cancelar", "fin"])
def test_cancel_ends_text_messages_only_where_nothing_was_asked(said: str) -> None:
    assert keyword_of(said, Channel.SMS, asked=False) == "stop"
    assert keyword_of(said, Channel.SMS, asked=True) is None
    assert keyword_of(said, Channel.WHATSAPP, asked=False) is None
    assert keyword_of(said, Channel.EMAIL, asked=False) is None


@pytest.mark.parametrize(
    ("said", "keyword"),
    [
        *((said, "stop") for said in ("Stop calling me.", "please don't call me again")),
        *((said, "stop") for said in ("Don’t call me anymore, please", "no more calls")),
        *((said, "stop") for said in ("No me llamen más", "dejen de llamarme, por favor")),
        *((said, "start") for said in ("You can call me again.", "ya pueden llamarme")),
        *((said, None) for said in ("call me again", "don't call me again before noon", "stop")),
        *((said, None) for said in ("I've been calling you all day", "no me llame hoy")),
    ],
)
def test_callers_say_it_in_their_own_words(said: str, keyword: str | None) -> None:
    assert keyword_of(said, Channel.VOICE, asked=False) == keyword
    assert keyword_of(said, Channel.WEB, asked=False) is None
