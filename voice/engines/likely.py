"""Which phrases an engine that takes few of them is told."""

from __future__ import annotations

from collections.abc import Sequence


def likeliest(phrases: Sequence[str], known: Sequence[str], most: int) -> list[str]:
    """Those that became likely before those that were, as many as the engine takes; none twice."""
    return list(dict.fromkeys([*phrases, *known]))[:most]
