"""What the lists show of the entries, and what their forms offer to choose from."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from channels.numbers.entries import Entry, entries_of, id_of
from channels.numbers.problem import Problem
from channels.numbers.validation import problems
from contracts.messages import Channel
from contracts.records import AgentEntry, ChannelEntry, Configuration, Mapping
from contracts.records.numbers import Kind
from ui.config.forms import DAYS, PROVIDERS, SPEECH, TYPES
from ui.config.words import LANGUAGES, beside_of, rule_said, share_of
from ui.state import Site

FIELDS: dict[Kind, tuple[str, ...]] = {
    "agent": ("agent_id", "name", "own", "endpoint", "description", "tags"),
    "channel": (
        *("channel_id", "name", "type", "provider", "number", "registration_id"),
        *("business_name", "scenario", "speech", "answers"),
    ),
    "mapping": (
        *("mapping_id", "channel_id", "agent_id", "primary", "order", "weight"),
        *("days", "begins", "ends", "language", "words"),
    ),
}


@dataclass(frozen=True, slots=True)
class MappingRow:
    mapping: Mapping
    agent: AgentEntry | None
    rule: str
    share: int | None


@dataclass(frozen=True, slots=True)
class ChannelRow:
    channel: ChannelEntry
    type: str
    provider: str
    agents: tuple[str, ...]  # names, the primary one first


@dataclass(frozen=True, slots=True)
class AgentRow:
    agent: AgentEntry
    channels: tuple[str, ...]  # names of those mapped to it


class Listing:
    def __init__(self, site: Site, kind: Kind) -> None:
        self._scenario = site.app.scenario
        self._kind = kind
        self.fields = FIELDS[kind]

    def values(self, configuration: Configuration, q: str, show: str) -> dict[str, Any]:
        """The rows of a list; those that hold all words of `q`, and of agents and channels those
        that are on or off, as `show` says."""
        found = [it for it in entries_of(configuration, self._kind) if _is_found(it, q)]
        if show in ("on", "off"):
            found = [it for it in found if getattr(it, "active", True) == (show == "on")]
        match self._kind:
            case "agent":
                rows: Any = [agent_row(it, configuration) for it in found]  # type: ignore[arg-type]
            case "channel":
                rows = [channel_row(it, configuration) for it in found]  # type: ignore[arg-type]
            case "mapping":
                ids = {id_of(it) for it in found}
                rows = mapping_groups(configuration, ids)
        return {"rows": rows, "found": len(found)}

    def options(self, configuration: Configuration, entry_id: str) -> dict[str, Any]:
        """What the form of an entry offers."""
        match self._kind:
            case "agent":
                own = [
                    (name, spec.title.capitalize()) for name, spec in self._scenario.agents.items()
                ]
                return {"own": [("", "None: it is served elsewhere"), *own]}
            case "channel":
                scenarios = [("", "Any"), (self._scenario.name, self._scenario.name)]
                return {
                    "types": [(kind.value, name) for kind, name in TYPES.items()],
                    "providers": list(PROVIDERS.items()),
                    "scenarios": scenarios,
                    "speeches": list(SPEECH.items()),
                    "agents": _agents(configuration, "Nobody yet: I add a mapping later"),
                }
            case "mapping":
                return self._mapping_options(configuration, entry_id)

    def _mapping_options(self, configuration: Configuration, entry_id: str) -> dict[str, Any]:
        channels = [
            (it.channel_id, f"{it.name}, {it.number}{'' if it.active else ' (off)'}")
            for it in configuration.channels
        ]
        mapping = next((it for it in configuration.mappings if it.mapping_id == entry_id), None)
        return {
            "channels": [("", "Choose a channel"), *channels],
            "agents": _agents(configuration, "Choose an agent"),
            "day_names": list(enumerate(DAYS)),
            "languages": [("", "Any language"), *LANGUAGES.items()],
            "shares": _shares(mapping, configuration) if mapping else [],
        }


def agent_row(agent: AgentEntry, configuration: Configuration) -> AgentRow:
    mapped = {it.channel_id for it in configuration.mappings if it.agent_id == agent.agent_id}
    names = (it.name for it in configuration.channels if it.channel_id in mapped)
    return AgentRow(agent, tuple(names))


def channel_row(channel: ChannelEntry, configuration: Configuration) -> ChannelRow:
    own = [it for it in configuration.mappings if it.channel_id == channel.channel_id]
    own.sort(key=lambda it: (not it.primary, it.order))
    names = {it.agent_id: it.name for it in configuration.agents}
    agents = dict.fromkeys(names.get(it.agent_id, it.agent_id) for it in own)
    provider = PROVIDERS[channel.provider].partition(" ")[0]
    return ChannelRow(channel, type_said(channel.type), provider, tuple(agents))


def type_said(channel: Channel) -> str:
    return TYPES.get(channel, channel.value)


def mapping_groups(
    configuration: Configuration, ids: set[str]
) -> list[tuple[ChannelEntry | None, list[MappingRow]]]:
    """By channel, in the order in which they are looked at: the primary one last, since it counts
    where no rule fits."""
    agents = {it.agent_id: it for it in configuration.agents}
    channels: dict[str, ChannelEntry | None] = {it.channel_id: it for it in configuration.channels}
    channels |= {it.channel_id: channels.get(it.channel_id) for it in configuration.mappings}
    groups = []
    for channel_id, channel in channels.items():
        own = [it for it in configuration.mappings if it.channel_id == channel_id]
        own.sort(key=lambda it: (it.rule is None, it.order, not it.primary))
        rows = [
            MappingRow(it, agents.get(it.agent_id), rule_said(it.rule), share_of(it, configuration))
            for it in own
            if it.mapping_id in ids
        ]
        if rows:
            groups.append((channel, rows))
    return groups


def where_of(problem: Problem) -> str:
    """The page on which a problem is put right."""
    if not problem.id:
        return f"/config/{problem.kind}s"
    field = problem.field.removeprefix("rule.")
    return f"/config/{problem.kind}s/{problem.id}/edit#{field}"


def standing_problems(site: Site, configuration: Configuration) -> list[tuple[Problem, str]]:
    """What is wrong with what stands, each with where it is put right."""
    return [(it, where_of(it)) for it in problems(configuration, site.app.scenario)]


def _agents(configuration: Configuration, nobody: str) -> list[tuple[str, str]]:
    names = [
        (it.agent_id, f"{it.name}{'' if it.active else ' (off)'}") for it in configuration.agents
    ]
    return [("", nobody), *names]


def _shares(mapping: Mapping, configuration: Configuration) -> list[tuple[str, int]]:
    """Who gets what percentage, where customers are shared."""
    names = {it.agent_id: it.name for it in configuration.agents}
    beside = beside_of(mapping, configuration)
    if len(beside) < 2:
        return []
    return [
        (names.get(it.agent_id, it.agent_id), share_of(it, configuration) or 0) for it in beside
    ]


def _is_found(entry: Entry, q: str) -> bool:
    values = entry.model_dump(mode="json", exclude={"active", "primary", "rule"}).values()
    text = " ".join(str(value) for value in values).casefold()
    return all(word in text for word in q.casefold().split())
