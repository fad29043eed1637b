"""How calls are spoken, as a scenario says it: in every language, and with sense."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import Any

import pytest
import yaml

import app.scenario
from app.scenario import load_scenario, scenario_of
from contracts.errors import ConfigurationError
from contracts.language import LANGUAGES
from contracts.settings import Settings

pytestmark = pytest.mark.unit


@pytest.fixture
def scenarios(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A copy of the scenarios, to change."""
    shutil.copytree(app.scenario.SCENARIOS, tmp_path / "scenarios")
    monkeypatch.setattr(app.scenario, "SCENARIOS", tmp_path / "scenarios")
    return tmp_path / "scenarios"


def change(scenarios: Path, **voice: Any) -> None:
    path = scenarios / "utilities" / "scenario.yaml"
    given = yaml.safe_load(path.read_text("utf-8"))
    given["voice"].update(voice)
    path.write_text(yaml.safe_dump(given, allow_unicode=True), "utf-8")


def test_ours_greets_in_every_language() -> None:
    voice = load_scenario("utilities").voice
    for texts in (voice.greeting, voice.known):
        assert set(texts) == set(LANGUAGES)
        filled = [text.format(brand="Cascade", name="Maria") for text in texts.values()]
        assert all("Cascade" in text and text.endswith("?") for text in filled)


@pytest.mark.parametrize(
    ("voice", "why"),
    [
        ({"greeting": {"en": "This is {brand}."}}, "greeting has to be there in en and es"),
        (
            {"known": {"en": "{name}, {brand}", "es": "{name}", "fr": "{name}, {brand}"}},
            "known has to be there in en and es, and in nothing else",
        ),
        (
            {"known": {"en": "Hello {name}.", "es": "Hola, {name}, de {brand}."}},
            r"known.en has to hold \{brand\} and \{name\}, each once",
        ),
        (
            {"greeting": {"en": "{brand", "es": "{brand}"}},
            r"greeting.en has to hold \{brand\}",
        ),
        ({"pause_s": 2.5}, "have to grow in this order"),
        ({"filler_s": 0}, "no time may be 0"),
        ({"agents": "503-555-0140"}, "agents has to be a number with its country"),
        ({"ringing": 3}, "voice.ringing"),
    ],
)
def test_what_can_not_be_meant_is_refused(scenarios: Path, voice: Any, why: str) -> None:
    change(scenarios, **voice)
    with pytest.raises(ConfigurationError, match=why):
        load_scenario("utilities")


def test_a_number_of_agents_is_taken(scenarios: Path) -> None:
    change(scenarios, agents="+15035550140")
    assert load_scenario("utilities").voice.agents == "+15035550140"


def test_the_settings_number_of_agents_goes_before_the_scenarios(scenarios: Path) -> None:
    change(scenarios, agents="+15035550140")
    given = Settings(_env_file=None, agents_number="+15035550141")
    assert scenario_of(given).voice.agents == "+15035550141"
    assert scenario_of(Settings(_env_file=None)).voice.agents == "+15035550140"
    with pytest.raises(ConfigurationError, match="AGENTS_NUMBER has to be a number"):
        Settings(_env_file=None, agents_number="503-555-0140")
