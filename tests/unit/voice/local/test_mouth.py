"""How a text is cut to be spoken, and by when each word of it has been."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest

from contracts.errors import SpeechUnavailable
from voice.engines.local.mouth import Mouth, marks, pieces, readable
from voice.engines.local.phantoms import is_answer, is_phantom
from voice.engines.local.prompt import is_prompt, prompt
from voice.engines.local.whisper import believed

pytestmark = pytest.mark.unit

LONG = (
    "If you would rather not wait on the phone, I can send you a text message with the link, "
    "and you can pay whenever you like, by card or from your bank account, until Friday at noon."
)


@pytest.mark.parametrize(
    "text", ["Sure.", "It's paid. Thank you!  Anything else?", LONG, "a,b" * 99]
)
def test_the_pieces_are_the_text(text: str) -> None:
    cut = list(pieces(text))
    assert "".join(piece for _, piece in cut) == text
    assert all(text[at : at + len(piece)] == piece for at, piece in cut)


def test_sentences_are_apart_and_long_ones_are_cut_at_a_comma() -> None:
    assert [piece for _, piece in pieces("It's paid. Thank you!")] == ["It's paid. ", "Thank you!"]
    cut = [piece for _, piece in pieces(LONG)]
    assert len(cut) == 2
    assert cut[0].endswith(", ")
    assert max(map(len, cut)) <= 140


def test_what_has_no_comma_is_cut_between_words() -> None:
    cut = [piece for _, piece in pieces("again and " * 60)]
    assert "".join(cut) == "again and " * 60
    assert max(map(len, cut)) <= 140


@pytest.mark.parametrize(
    ("text", "read"),
    [
        ("It's due on the 3rd: $4.50!", "It's due on the 3rd: $4.50!"),
        ("¿Su medidor está en el jardín?", "¿Su medidor está en el jardín?"),
        ("Wait...   what?!", "Wait.   what?!"),
        ("<speed level='300'>Hi</speed>", " speed level '300' Hi /speed "),
        ("Done \N{PARTY POPPER}", "Done  "),
        ("e" * 65, f"{'e' * 30} {'e' * 30} eeeee"),
        ("_" * 31, f"{'_' * 30} _"),
    ],
)
def test_a_voice_gets_only_what_it_can_read(text: str, read: str) -> None:
    assert readable(text) == read


def test_words_are_marked_as_they_are_spoken_and_pauses_take_none() -> None:
    sound, pause = np.full(8_000, 0.3, np.float32), np.zeros(16_000, np.float32)
    said = list(marks("good evening", np.concatenate((sound, pause, sound)), at=10, begins_s=2.0))
    assert [mark.characters for mark in said] == [14, 22]
    good, evening = (mark.at_s for mark in said)
    assert good == pytest.approx(2.0 + 4 / 11, abs=0.02)  # of one second that sounds
    assert evening == pytest.approx(4.0)


def test_silence_has_no_marks() -> None:
    assert list(marks("good evening", np.zeros(16_000, np.float32), 0, 0.0)) == []
    assert list(marks("...", np.ones(16_000, np.float32), 0, 0.0)) == []


async def test_a_language_without_a_voice_is_refused() -> None:
    with ThreadPoolExecutor(1) as worker:
        speaking = aiter(Mouth(worker).speak("Bonjour.", language="fr"))
        with pytest.raises(SpeechUnavailable, match="no voice here speaks 'fr'"):
            await anext(speaking)


@pytest.mark.parametrize(
    ("text", "likely", "phantom"),
    [
        ("Thank you.", -0.9, True),
        ("Thank you.", -0.2, False),
        ("You", -0.8, True),
        ("No.", -0.9, False),
        ("Sí.", -0.9, False),
        ("Thanks for watching!", -0.1, True),
        ("Subtítulos realizados por la comunidad de Amara.org", -0.1, True),
        ("I'm going to be in this place. I'm going to be in this place. I'm going to", -0.1, True),
        ("A customer calls the electric and gas utility about an outage.", -0.4, True),
        ("I'd like to set up a payment arrangement for my bill, if I can.", -0.4, False),
        ("My account number is one one two, one one three, one one four.", -0.2, False),
    ],
)
def test_what_nobody_said_is_known(text: str, likely: float, phantom: bool) -> None:
    assert is_phantom(text, likely) is phantom


@pytest.mark.parametrize("text", ["Yes.", "No,", "Sí.", "si", "Okay.", "Claro.", "Mm-hmm."])
def test_an_answer_is_known(text: str) -> None:
    assert is_answer(text)


@pytest.mark.parametrize("text", ["", "Thank you.", "No power.", "Yes, a bill.", "un"])
def test_what_answers_nothing(text: str) -> None:
    assert not is_answer(text)


@pytest.mark.parametrize(
    ("text", "likely", "no_speech", "belief"),
    [
        ("My power is out.", -0.3, 0.1, "words"),
        ("My power is oud.", -0.8, 0.1, "doubt"),
        ("Sí.", -1.0, 0.1, "words"),
        ("Sí.", -1.3, 0.1, "doubt"),
        ("Yes.", -0.8, 0.5, "nothing"),
        ("Thank you.", -0.8, 0.1, "nothing"),
        ("A new address or an appointment.", -1.0, 0.1, "nothing"),
        ("...", -0.2, 0.1, "doubt"),
    ],
)
def test_what_is_believed(text: str, likely: float, no_speech: float, belief: str) -> None:
    assert believed(text, likely, no_speech) == belief


def test_the_prompt_mentions_the_likeliest_words_and_stays_short() -> None:
    told = prompt("en", ["Maple Street", "Maple Street", *(f"Road {n}" for n in range(500))])
    assert told.count("Maple Street") == 1
    assert "Road 1," in told
    assert len(told) < 450
    assert "Menciona calle Roble." in prompt("es", ["calle Roble"])
    assert "mention" not in prompt("en", [])


def test_what_the_model_was_told_is_nothing_that_it_heard() -> None:
    assert is_prompt("A new address or an appointment.")
    assert is_prompt("una lectura del medidor, un plan de pagos")
    assert not is_prompt("A payment arrangement.")
    assert not is_prompt("I need a new address or an appointment.")
