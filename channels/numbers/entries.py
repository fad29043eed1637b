"""The three kinds of entries, as one."""

from __future__ import annotations

import hashlib

from contracts.records import AgentEntry, ChannelEntry, Configuration, Mapping
from contracts.records.numbers import Kind

Entry = AgentEntry | ChannelEntry | Mapping


KINDS: tuple[Kind, ...] = ("agent", "channel", "mapping")
MODELS: dict[Kind, type[Entry]] = {
    "agent": AgentEntry,
    "channel": ChannelEntry,
    "mapping": Mapping,
}
LISTS: dict[Kind, str] = {"agent": "agents", "channel": "channels", "mapping": "mappings"}


def kind_of(entry: Entry) -> Kind:
    return next(kind for kind, model in MODELS.items() if isinstance(entry, model))


def id_of(entry: Entry) -> str:
    match entry:
        case AgentEntry():
            return entry.agent_id
        case ChannelEntry():
            return entry.channel_id
        case Mapping():
            return entry.mapping_id


def mark_of(entry: Entry) -> str:
    """Changes with the entry: who edits gives back the one they saw."""
    return hashlib.sha256(entry.model_dump_json().encode()).hexdigest()[:16]


def entries_of(configuration: Configuration, kind: Kind) -> tuple[Entry, ...]:
    found: tuple[Entry, ...] = getattr(configuration, LISTS[kind])
    return found


def entry_of(configuration: Configuration, kind: Kind, entry_id: str) -> Entry | None:
    return next((it for it in entries_of(configuration, kind) if id_of(it) == entry_id), None)


def with_entry(configuration: Configuration, entry: Entry) -> Configuration:
    """With this entry in the place of the one of its id, or at the end."""
    kind, entry_id = kind_of(entry), id_of(entry)
    there = entries_of(configuration, kind)
    if entry_of(configuration, kind, entry_id) is None:
        changed = (*there, entry)
    else:
        changed = tuple(entry if id_of(it) == entry_id else it for it in there)
    return configuration.model_copy(update={LISTS[kind]: changed})


def without(configuration: Configuration, kind: Kind, entry_id: str) -> Configuration:
    rest = tuple(it for it in entries_of(configuration, kind) if id_of(it) != entry_id)
    return configuration.model_copy(update={LISTS[kind]: rest})
