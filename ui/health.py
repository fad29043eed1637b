"""What of the product answers, for probes and for `doctor`. Holds no secret and no address."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable
from typing import TYPE_CHECKING, Any

from contracts.errors import ThroughlineError

if TYPE_CHECKING:
    from app.build import App

ANSWERS_WITHIN_S = 2.0


async def health(app: App) -> tuple[int, dict[str, Any]]:
    """The HTTP status and its JSON.

    "down" (503) without the memory, as no turn can run; "degraded" (200) without the records,
    as conversations go on.
    """
    memory, records = await asyncio.gather(
        _reachable(app.memory.keyvalue.get("health")),
        _reachable(app.records.customers.get("health")),
    )
    status = "ok" if memory and records else "degraded" if memory else "down"
    body = {
        "status": status,
        "memory": {"kind": app.memory.kind, "reachable": memory},
        "records": {"kind": "mongodb", "reachable": records},
        "models": models_of(app),
    }
    return (200 if memory else 503), body


def models_of(app: App) -> list[dict[str, str]]:
    """Which model answers, a tier each; none where a script replaces them."""
    describe = getattr(app.models, "describe", None)
    if describe is None:
        return []
    return [
        {"tier": it.tier, "model": it.model, "where": it.where, "breaker": it.breaker}
        for it in describe()
    ]


async def _reachable(question: Awaitable[Any]) -> bool:
    try:
        async with asyncio.timeout(ANSWERS_WITHIN_S):
            await question
    except (ThroughlineError, TimeoutError):
        return False
    return True
