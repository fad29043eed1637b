"""Reading a scenario from its folder: `scenario.yaml`, a folder for each agent with the policies
it goes by, the catalogue, WhatsApp's templates, and the service territory."""

from __future__ import annotations

import json
import string
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import yaml
from pydantic import ValidationError

from channels import templates
from channels.numbers.checks_channels import is_e164
from contracts.errors import ConfigurationError
from contracts.language import LANGUAGES
from contracts.scenario import Scenario, Voice
from contracts.settings import Settings

SCENARIOS = Path(__file__).resolve().parent.parent / "scenarios"
GROUND = ("area", "yard", "road", "water")  # kinds of features beneath the outages
_FENCE = "---\n"


def load_scenario(name: str) -> Scenario:
    """The scenario of that name. Raises ConfigurationError naming the file that is wrong."""
    folder = SCENARIOS / name
    if not (folder / "scenario.yaml").is_file():
        known = sorted(path.parent.name for path in SCENARIOS.glob("*/scenario.yaml"))
        raise ConfigurationError(f"there is no scenario {name!r}; there is {', '.join(known)}")
    agents = {path.name: _agent(path) for path in sorted((folder / "agents").iterdir())}
    given = {
        **_with_templates(_with_icon(_mapping(folder / "scenario.yaml"), folder), folder),
        "agents": agents,
        "policies": dict(_policies(folder)),
        "catalogue": {path.stem: _yaml(path) for path in (folder / "catalogue").glob("*.yaml")},
        "territory": _territory(folder / "territory.json"),
        "ground": _ground(folder / "map.geojson"),
    }
    try:
        scenario = Scenario.model_validate(given)
    except ValidationError as error:
        problem = error.errors()[0]
        where = ".".join(str(part) for part in problem["loc"])
        raise ConfigurationError(f"scenario {name}: {where}: {problem['msg']}") from error
    for role in (scenario.first_agent, scenario.emergency_agent):
        if role not in scenario.agents:
            raise ConfigurationError(f"scenario {name}: there is no agent {role!r}")
    templates.check(scenario.messaging.templates)
    if wrong := next(_problems(scenario.voice), None):
        raise ConfigurationError(f"scenario {name}: voice.{wrong}")
    return scenario


def scenario_of(settings: Settings) -> Scenario:
    """The scenario that the settings name, with their agents' number. Raises ConfigurationError."""
    scenario = load_scenario(settings.scenario)
    if not settings.agents_number:
        return scenario
    voice = scenario.voice.model_copy(update={"agents": settings.agents_number})
    return scenario.model_copy(update={"voice": voice})


def _problems(voice: Voice) -> Iterator[str]:
    """What of how calls are spoken can't be meant."""
    texts = {"greeting": (voice.greeting, {"brand"}), "known": (voice.known, {"brand", "name"})}
    for field, (by_language, places) in texts.items():
        if set(by_language) != set(LANGUAGES):
            yield f"{field} has to be there in {' and '.join(LANGUAGES)}, and in nothing else"
        for language, text in by_language.items():
            if _places(text) != places:
                listed = " and ".join(f"{{{place}}}" for place in sorted(places))
                yield f"{field}.{language} has to hold {listed}, each once"
    waits = (*voice.silence_s, voice.filler_s, voice.ring_s)
    if min(waits) <= 0 or not 0 < voice.pause_s <= voice.thinking_s <= voice.digits_s:
        yield "pause_s, thinking_s and digits_s have to grow in this order; no time may be 0"
    if voice.agents and not is_e164(voice.agents):
        yield "agents has to be a number with its country, such as +15035550100, or empty"


def _places(text: str) -> set[str] | None:
    """The names in braces; None where one is there twice, or a brace is left open."""
    try:
        named = [name for _, name, _, _ in string.Formatter().parse(text) if name is not None]
    except ValueError:
        return None
    return set(named) if len(set(named)) == len(named) else None


def split_policy(path: Path) -> tuple[dict[str, Any], str]:
    """A policy's figures, and its text. Raises ConfigurationError."""
    start, *rest = path.read_text("utf-8").split(_FENCE, 2)
    if start or len(rest) != 2:
        raise ConfigurationError(f"the policy {path.name} has to begin with its figures in YAML")
    return _checked(yaml.safe_load(rest[0]), path), rest[1].strip()


def _agent(folder: Path) -> dict[str, Any]:
    prompt = folder / "prompt.md"
    if not prompt.is_file():
        raise ConfigurationError(f"the agent {folder.name} needs a prompt.md")
    return {
        "name": folder.name,
        **_mapping(folder / "agent.yaml"),
        "prompt": prompt.read_text("utf-8"),
        "policies": [split_policy(path)[1] for path in _policy_files(folder)],
    }


def _policies(folder: Path) -> Iterator[tuple[str, dict[str, Any]]]:
    for agent in sorted((folder / "agents").iterdir()):
        for path in _policy_files(agent):
            yield path.stem.replace("-", "_"), split_policy(path)[0]


def _policy_files(agent: Path) -> list[Path]:
    return sorted((agent / "policies").glob("*.md"))


def _territory(path: Path) -> dict[str, Any]:
    found = json.loads(path.read_text("utf-8"))
    return {"type": found["type"], "coordinates": found["coordinates"]}


def _ground(path: Path) -> dict[str, Any]:
    """What the outage map draws beneath the outages; without the file, the outline alone."""
    if not path.is_file():
        return {"type": "FeatureCollection", "features": []}
    features = json.loads(path.read_text("utf-8")).get("features", [])
    kinds = {(feature.get("properties") or {}).get("kind") for feature in features}
    if not kinds <= set(GROUND):
        raise ConfigurationError(
            f"{path.name}: the kind of a feature is one of {', '.join(GROUND)}"
        )
    return {"type": "FeatureCollection", "features": features}


def _with_icon(given: dict[str, Any], folder: Path) -> dict[str, Any]:
    """The brand's icon itself in the place of its file's name."""
    brand = given.get("brand")
    if not isinstance(brand, dict) or not brand.get("icon"):
        return given
    path = folder / str(brand["icon"])
    try:
        return {**given, "brand": {**brand, "icon": path.read_text("utf-8")}}
    except OSError as error:
        raise ConfigurationError(f"the icon {path.name} can't be read: {error}") from error


def _with_templates(given: dict[str, Any], folder: Path) -> dict[str, Any]:
    """WhatsApp's templates among what is said of messaging; none without their file."""
    path = folder / "templates.yaml"
    if not path.is_file():
        return given
    return {**given, "messaging": {**given.get("messaging", {}), "templates": _yaml(path)}}


def _mapping(path: Path) -> dict[str, Any]:
    return _checked(_yaml(path), path)


def _checked(found: Any, path: Path) -> dict[str, Any]:
    if not isinstance(found, dict):
        raise ConfigurationError(f"{path.parent.name}/{path.name} must be a mapping")
    return found


def _yaml(path: Path) -> Any:
    try:
        return yaml.safe_load(path.read_text("utf-8"))
    except (OSError, yaml.YAMLError) as error:
        raise ConfigurationError(f"{path.name} can't be read: {error}") from error
