"""The tools of the utilities scenario: a module or a package for each domain.

A module ends with its tuple `TOOLS` and has its phrases in a YAML file beside it. A package lists
its modules in `MODULES`; adding a domain adds it here.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import replace
from pathlib import Path
from types import ModuleType

import yaml

from contracts.errors import ConfigurationError
from contracts.tooling import ToolSpec
from tools import billing, concierge, messaging, outage, photos, service, shared, usage
from tools.toolbox import Toolbox

__all__ = ["AGENTS", "MODULES", "Toolbox", "load_tools"]

AGENTS = ("concierge", "billing", "outage", "service", "usage")
MODULES: tuple[ModuleType, ...] = (
    shared,
    concierge,
    messaging,
    photos,
    *billing.MODULES,
    *outage.MODULES,
    *service.MODULES,
    *usage.MODULES,
)


def load_tools(agents: Collection[str] = AGENTS) -> Toolbox:
    """Every tool, with its phrases. Raises ConfigurationError (duplicate, unknown agent, ...)."""
    return Toolbox([spec for module in MODULES for spec in tools_of(module)], agents)


def tools_of(module: ModuleType) -> list[ToolSpec]:
    """A module's tools, each with the phrases of the YAML file beside the module."""
    specs: tuple[ToolSpec, ...] = module.TOOLS
    phrases = read_phrases(Path(str(module.__file__)).with_suffix(".phrases.yaml"))
    unknown = set(phrases) - {spec.name for spec in specs}
    if unknown:
        raise ConfigurationError(f"{module.__name__} has phrases for unknown tools: {unknown}")
    return [replace(spec, phrases=phrases.get(spec.name, ())) for spec in specs]


def read_phrases(path: Path) -> dict[str, tuple[str, ...]]:
    """Tool name to phrases. Raises ConfigurationError if the file holds something else."""
    found = yaml.safe_load(path.read_text(encoding="utf-8"))
    if not isinstance(found, dict):
        raise ConfigurationError(f"{path.name} has to map a tool's name to a list of phrases")
    for name, phrases in found.items():
        if not isinstance(phrases, list) or not all(isinstance(p, str) for p in phrases):
            raise ConfigurationError(f"{path.name}: {name} needs a list of phrases")
    return {str(name): tuple(phrases) for name, phrases in found.items()}
