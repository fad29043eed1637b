"""Which mapping counts for a message."""

from __future__ import annotations

import math
import re
from collections.abc import Iterable
from datetime import datetime, timedelta
from functools import lru_cache
from hashlib import sha256

from contracts.records import Configuration, Mapping, Rule
from contracts.spanish import unaccented
from nodes.language import language_of

DAY = timedelta(days=1)


def by_content(mapping: Mapping) -> bool:
    """Whether what is written decides on it."""
    return mapping.rule is not None and bool(mapping.rule.language or mapping.rule.words)


def chosen(
    mappings: Iterable[Mapping], *, text: str, at: datetime, address: str, before: str = ""
) -> Mapping | None:
    """The mapping that counts, of one channel's; None where there is none.

    at: in the utility's zone. address: whose message it is; the same one is always among the same
    share. before: the id of the mapping that the customer's last message chose by its content. It
    goes on while nothing else in the conversation chooses: an "ok" has no topic of its own.
    """
    own = list(mappings)
    heard = _Heard(text)
    fitting = [it for it in own if it.rule is not None and _fits(it.rule, heard, at)]
    if not any(by_content(it) for it in fitting):
        going_on = next((it for it in own if it.mapping_id == before and by_content(it)), None)
        if going_on is not None and going_on.rule is not None and _in_time(going_on.rule, at):
            fitting.append(going_on)
    if not fitting:
        fitting = _without_rule(own)
    lowest = min((it.order for it in fitting), default=0)
    return _share([it for it in fitting if it.order == lowest], address)


def _without_rule(own: list[Mapping]) -> list[Mapping]:
    """The primary one, and those that share its customers."""
    primary = next((it for it in own if it.primary), None)
    if primary is None:
        return []
    return [it for it in own if it is primary or (it.rule is None and it.order == primary.order)]


def _share(mappings: list[Mapping], address: str) -> Mapping | None:
    """One of them, by weight (rendezvous hashing): a changed weight moves as few customers as it
    can, and everybody else stays where they are."""

    def score(mapping: Mapping) -> float:
        digest = sha256(f"{mapping.mapping_id}\0{address}".encode()).digest()
        drawn = (int.from_bytes(digest[:7]) + 1) / (2**56 + 1)
        return -mapping.weight / math.log(drawn)

    return max(mappings, key=score, default=None)


class _Heard:
    """A message; its language is looked at only where a rule asks for it."""

    def __init__(self, text: str) -> None:
        self._text = text
        self._language: str | None = None

    @property
    def language(self) -> str:
        if self._language is None:
            self._language = language_of(self._text) or ""
        return self._language

    def has(self, word: str) -> bool:
        return bool(_pattern(word).search(_plain(self._text)))


def _fits(rule: Rule, heard: _Heard, at: datetime) -> bool:
    return (
        _in_time(rule, at)
        and (not rule.words or any(heard.has(word) for word in rule.words))
        and (not rule.language or heard.language == rule.language)
    )


def _in_time(rule: Rule, at: datetime) -> bool:
    """A rule over midnight belongs to the day on which it begins."""
    begins, ends, now = rule.begins, rule.ends, at.time()
    day = at
    if begins is not None and ends is not None:
        if begins < ends:
            if not begins <= now < ends:
                return False
        elif now < ends:
            day = at - DAY
        elif now < begins:
            return False
    return not rule.days or day.weekday() in rule.days


@lru_cache(maxsize=4_096)
def _pattern(word: str) -> re.Pattern[str]:
    return re.compile(rf"(?<!\w){re.escape(_plain(word))}(?!\w)")


def _plain(text: str) -> str:
    """Lower case, without accents, one space between words."""
    return " ".join(unaccented(text).split())


def mappings_of(configuration: Configuration) -> dict[str, tuple[Mapping, ...]]:
    """By channel, those that lead to an agent that is switched on."""
    active = {agent.agent_id for agent in configuration.agents if agent.active}
    found: dict[str, list[Mapping]] = {}
    for mapping in configuration.mappings:
        if mapping.agent_id in active:
            found.setdefault(mapping.channel_id, []).append(mapping)
    return {channel_id: tuple(own) for channel_id, own in found.items()}
