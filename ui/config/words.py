"""Entries in words: what a rule says, who gets what share, what differs between two versions."""

from __future__ import annotations

from collections.abc import Mapping as Dict
from datetime import time
from typing import Any

from contracts.records import Configuration, Mapping, Rule
from ui.config.forms import DAYS

LANGUAGES = {"en": "English", "es": "Spanish"}


def rule_said(rule: Rule | None) -> str:
    """ "Monday to Friday, from 6:00 PM to 8:00 AM, in Spanish, with one of: bill, payment"."""
    if rule is None:
        return ""
    parts = []
    if rule.days:
        parts.append(_days(rule.days))
    if rule.begins is not None and rule.ends is not None:
        over = " of the next day" if rule.begins > rule.ends else ""
        parts.append(f"from {_clock(rule.begins)} to {_clock(rule.ends)}{over}")
    if rule.language:
        parts.append(f"in {LANGUAGES.get(rule.language, rule.language)}")
    if rule.words:
        parts.append(f"with one of: {', '.join(rule.words)}")
    said = ", ".join(parts)
    return said[:1].upper() + said[1:]


def share_of(mapping: Mapping, configuration: Configuration) -> int | None:
    """The percentage of customers that a mapping gets of those that it shares them with; None
    where it shares with nobody."""
    beside = beside_of(mapping, configuration)
    if len(beside) < 2:
        return None
    return round(100 * mapping.weight / sum(it.weight for it in beside))


def beside_of(mapping: Mapping, configuration: Configuration) -> list[Mapping]:
    """The mapping, and those of its channel that count at the same time: the primary one with
    those of its order without a rule, or those of one order whose rules may fit together."""
    own = [it for it in configuration.mappings if it.channel_id == mapping.channel_id]
    ruled = mapping.rule is not None and not mapping.primary
    if ruled:
        return [it for it in own if it.rule is not None and it.order == mapping.order]
    return [it for it in own if (it.primary or it.rule is None) and it.order == mapping.order]


def changes_of(
    before: Dict[str, Any] | None, after: Dict[str, Any] | None
) -> list[tuple[str, str, str]]:
    """Each field that differs between two versions of an entry: name, as it was, as it is."""
    old, new = _flat(before or {}), _flat(after or {})
    names = [*new, *(name for name in old if name not in new)]
    return [
        (name.replace("_", " "), _shown(old.get(name)), _shown(new.get(name)))
        for name in names
        if _shown(old.get(name)) != _shown(new.get(name))
    ]


def _flat(entry: Dict[str, Any]) -> dict[str, Any]:
    flat = {name: value for name, value in entry.items() if name != "rule"}
    rule = entry.get("rule") or {}
    return flat | {f"rule: {name}": value for name, value in rule.items()}


def _shown(value: Any) -> str:
    match value:
        case None | "" | [] | ():
            return ""
        case bool():
            return "yes" if value else "no"
        case list() | tuple():
            return ", ".join(str(item) for item in value)
    return str(value)


def _days(days: tuple[int, ...]) -> str:
    known = sorted({day for day in days if 0 <= day < len(DAYS)})
    if len(known) > 2 and known == list(range(known[0], known[-1] + 1)):
        return f"{DAYS[known[0]]} to {DAYS[known[-1]]}"
    return ", ".join(DAYS[day] for day in known)


def _clock(at: time) -> str:
    return f"{at:%I:%M %p}".lstrip("0")
