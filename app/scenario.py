"""Reading a scenario from its folder: `scenario.yaml`, and a folder for each agent."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import yaml
from pydantic import ValidationError

from contracts.errors import ConfigurationError
from contracts.scenario import Scenario

SCENARIOS = Path(__file__).resolve().parent.parent / "scenarios"


def load_scenario(name: str) -> Scenario:
    """The scenario of that name. Raises ConfigurationError naming the file that is wrong."""
    folder = SCENARIOS / name
    if not (folder / "scenario.yaml").is_file():
        known = sorted(path.parent.name for path in SCENARIOS.glob("*/scenario.yaml"))
        raise ConfigurationError(f"there is no scenario {name!r}; there is {', '.join(known)}")
    agents = {path.name: _agent(path) for path in sorted((folder / "agents").iterdir())}
    try:
        scenario = Scenario.model_validate({**_yaml(folder / "scenario.yaml"), "agents": agents})
    except ValidationError as error:
        problem = error.errors()[0]
        where = ".".join(str(part) for part in problem["loc"])
        raise ConfigurationError(f"scenario {name}: {where}: {problem['msg']}") from error
    for role in (scenario.first_agent, scenario.emergency_agent):
        if role not in scenario.agents:
            raise ConfigurationError(f"scenario {name}: there is no agent {role!r}")
    return scenario


def _agent(folder: Path) -> dict[str, Any]:
    prompt = folder / "prompt.md"
    if not prompt.is_file():
        raise ConfigurationError(f"the agent {folder.name} needs a prompt.md")
    return {
        "name": folder.name,
        **_yaml(folder / "agent.yaml"),
        "prompt": prompt.read_text("utf-8"),
    }


def _yaml(path: Path) -> dict[str, Any]:
    try:
        found = yaml.safe_load(path.read_text("utf-8"))
    except (OSError, yaml.YAMLError) as error:
        raise ConfigurationError(f"{path.name} can't be read: {error}") from error
    if not isinstance(found, dict):
        raise ConfigurationError(f"{path.parent.name}/{path.name} must be a mapping")
    return found
