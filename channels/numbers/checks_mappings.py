"""Whether the mappings are sound: from what is there, to what is switched on, by rules that can
ever fit."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator

from channels.numbers.problem import Problem, bad_id, listed, shown
from contracts.language import LANGUAGES
from contracts.records import AgentEntry, ChannelEntry, Configuration, Mapping, Rule

DAYS = range(7)
MAX_WORDS = 50
MAX_WORD = 60
MAX_ORDER = 10_000


def problems(configuration: Configuration) -> Iterator[Problem]:
    channels = {channel.channel_id: channel for channel in configuration.channels}
    agents = {agent.agent_id: agent for agent in configuration.agents}
    for mapping in configuration.mappings:
        yield from bad_id("mapping", mapping.mapping_id)
        channel, agent = channels.get(mapping.channel_id), agents.get(mapping.agent_id)
        yield from _begins(mapping, channel)
        yield from _leads(mapping, agent, rests=channel is not None and not channel.active)
        if not -MAX_ORDER <= mapping.order <= MAX_ORDER:
            limits = f"from {-MAX_ORDER} to {MAX_ORDER}"
            yield _wrong(mapping, "order", f"{_named(mapping)} has to have an order {limits}.")
        if mapping.rule is not None:
            yield from _rule(mapping, mapping.rule)
    yield from _primaries(configuration)


def _begins(mapping: Mapping, channel: ChannelEntry | None) -> Iterator[Problem]:
    name, of = _named(mapping), shown(mapping.channel_id)
    if channel is None:
        yield _wrong(
            mapping,
            "channel_id",
            f'{name} is of a channel "{of}" that does not exist: add the channel, or choose one '
            "that is there.",
        )
    elif not channel.active:
        yield _warning(
            mapping,
            "channel_id",
            f"{name} rests, since the channel {of} is switched off: switch the channel on, or "
            "delete the mapping.",
        )


def _leads(mapping: Mapping, agent: AgentEntry | None, *, rests: bool) -> Iterator[Problem]:
    name, of, to = _named(mapping), shown(mapping.channel_id), shown(mapping.agent_id)
    if agent is None:
        yield _wrong(
            mapping,
            "agent_id",
            f'{name} leads to an agent "{to}" that does not exist: add the agent, or choose one '
            "that is there.",
        )
    elif not agent.active and not rests:
        yield _wrong(
            mapping,
            "agent_id",
            f"{name} leads to the agent {to}, which is switched off: switch the agent on, or map "
            f"the channel {of} to another one first.",
        )


def _primaries(configuration: Configuration) -> Iterator[Problem]:
    of: dict[str, list[Mapping]] = defaultdict(list)
    for mapping in configuration.mappings:
        of[mapping.channel_id].append(mapping)
    for channel in configuration.channels:
        if not channel.active:
            continue
        entry_id, name = channel.channel_id, shown(channel.channel_id)
        own = of[entry_id]
        primary = [it for it in own if it.primary]
        if not primary:
            yield Problem(
                kind="channel",
                id=entry_id,
                field="active",
                message=(
                    f"The active channel {name} has no primary mapping: add one to the agent that "
                    "answers on it, or make one of its mappings primary."
                ),
            )
        elif len(primary) > 1:
            several = listed(tuple(shown(it.mapping_id) for it in primary))
            yield _wrong(
                primary[-1],
                "primary",
                f"The channel {name} has more than one primary mapping ({several}): keep exactly "
                "one of them primary.",
            )
        else:
            yield from _never(primary[0], own)


def _never(primary: Mapping, own: list[Mapping]) -> Iterator[Problem]:
    for mapping in own:
        if mapping.rule is None and mapping.order != primary.order:
            yield _warning(
                mapping,
                "order",
                f"{_named(mapping)} never counts: give it a rule, or the order of the primary one "
                f"({primary.order}) to share its customers.",
            )


def _rule(mapping: Mapping, rule: Rule) -> Iterator[Problem]:
    name = _named(mapping)
    if not (rule.days or rule.begins or rule.ends or rule.language or rule.words):
        yield _wrong(
            mapping, "rule", f"{name} has a rule that says nothing: fill it in, or take it away."
        )
    if any(day not in DAYS for day in rule.days) or len(set(rule.days)) < len(rule.days):
        yield _wrong(
            mapping,
            "rule.days",
            f"{name} has days that are none: use each of 0 (Monday) to 6 (Sunday) once at most.",
        )
    yield from _times(mapping, rule)
    if rule.language and rule.language not in LANGUAGES:
        yield _wrong(
            mapping,
            "rule.language",
            f'{name} is for the language "{shown(rule.language)}": use one of {listed(LANGUAGES)}.',
        )
    yield from _words(mapping, rule)


def _times(mapping: Mapping, rule: Rule) -> Iterator[Problem]:
    name = _named(mapping)
    if (rule.begins is None) != (rule.ends is None):
        yield _wrong(
            mapping,
            "rule.ends" if rule.ends is None else "rule.begins",
            f"{name} has half a time of day: give both when it begins and when it ends.",
        )
    elif rule.begins is not None and rule.begins == rule.ends:
        yield _wrong(
            mapping,
            "rule.ends",
            f"{name} ends when it begins: give two different times, or none for the whole day.",
        )
    if any(at is not None and at.tzinfo is not None for at in (rule.begins, rule.ends)):
        yield _wrong(
            mapping,
            "rule.begins",
            f"{name} has times with a zone: write them as in the utility's own, such as 18:30.",
        )


def _words(mapping: Mapping, rule: Rule) -> Iterator[Problem]:
    name = _named(mapping)
    if any(not _is_word(word) for word in rule.words):
        yield _wrong(
            mapping,
            "rule.words",
            f"{name} has a word that nobody can write: each needs a letter or digit and "
            f"{MAX_WORD} characters at most.",
        )
    if len(rule.words) > MAX_WORDS:
        yield _wrong(mapping, "rule.words", f"{name} has more than {MAX_WORDS} words: drop some.")


def _is_word(word: str) -> bool:
    return len(word) <= MAX_WORD and word.isprintable() and any(c.isalnum() for c in word)


def _named(mapping: Mapping) -> str:
    return f"The mapping {shown(mapping.mapping_id)}"


def _wrong(mapping: Mapping, field: str, message: str) -> Problem:
    return Problem(kind="mapping", id=mapping.mapping_id, field=field, message=message)


def _warning(mapping: Mapping, field: str, message: str) -> Problem:
    return _wrong(mapping, field, message).model_copy(update={"severity": "warning"})
