"""Realtime engines: which are made of which settings, and how figures are compared."""

from __future__ import annotations

import pytest
from pydantic import SecretStr

from app.voice import Speech
from contracts.errors import SpeechUnavailable
from contracts.settings import Settings
from tests.fakes.world import scenario_of
from voice.engines.realtime.mouth import marks
from voice.figures import figures
from voice.spoken import aloud

pytestmark = pytest.mark.unit

SCENARIO = scenario_of("utilities")


def settings(**given: object) -> Settings:
    return Settings(_env_file=None, **given)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("name", "given"),
    [
        ("openai_realtime", {"openai_api_key": SecretStr("k" * 32)}),
        ("voicelive", {"voicelive_endpoint": "https://name.services.ai.azure.com"}),
    ],
)
async def test_engines_are_made_by_their_settings(name: str, given: dict[str, object]) -> None:
    speech = Speech(settings(speech=name, **given), SCENARIO)
    engines = speech.named("")
    assert engines.name == name
    assert speech.named(name) is engines
    await speech.close()


@pytest.mark.parametrize(
    ("name", "told"),
    [("openai_realtime", "OPENAI_API_KEY"), ("voicelive", "VOICELIVE_ENDPOINT")],
)
def test_what_lacks_is_told(name: str, told: str) -> None:
    with pytest.raises(SpeechUnavailable, match=told):
        Speech(settings(), SCENARIO).named(name)


@pytest.mark.parametrize(
    ("text", "language"),
    [
        ("You owe $418.20, due November 22nd.", "en"),
        ("A crew comes on 11/24/2026 at 3:05 PM.", "en"),
        ("Call 911, or 1-800-555-0199.", "en"),
        ("You used 1,500 kWh at 418 N. 5th St.", "en"),
        ("Su saldo es $418.20 y vence el 22 de noviembre de 2026.", "es"),
    ],
)
def test_figures_are_the_same_written_and_spoken(text: str, language: str) -> None:
    spoken = aloud(text, language).text
    assert not any(sign.isdigit() for sign in spoken)
    assert figures(text, language) == figures(spoken, language) != ""


@pytest.mark.parametrize(
    ("one", "other"),
    [("You owe $418.20.", "You owe $481.20."), ("at three", "at four"), ("$5.00", "Goodbye.")],
)
def test_other_figures_differ(one: str, other: str) -> None:
    assert figures(one, "en") != figures(other, "en")


def test_marks_go_by_the_place_in_the_text() -> None:
    found = [(mark.characters, mark.at_s) for mark in marks("Good day to you.", 8.0)]
    assert found == [(4, 2.0), (8, 4.0), (11, 5.5), (16, 8.0)]
