"""The commands, one file each. What they need is imported when they run: `--help` is quick."""

from __future__ import annotations

from collections.abc import Callable

from cli.commands import (
    call,
    chat,
    customers,
    doctor,
    emulate,
    eval,
    graph,
    llm,
    numbers,
    operator,
    outage,
    outbox,
    seed,
    serve,
    show,
    storm,
    work,
)

COMMANDS: tuple[tuple[str, Callable[..., None]], ...] = (
    ("serve", serve.command),
    ("work", work.command),
    ("chat", chat.command),
    ("call", call.command),
    ("customers", customers.command),
    ("storm", storm.command),
    ("outage", outage.command),
    ("outbox", outbox.command),
    ("operator", operator.command),
    ("numbers", numbers.command),
    ("show", show.command),
    ("seed", seed.command),
    ("doctor", doctor.command),
    ("graph", graph.command),
    ("eval", eval.command),
    ("llm", llm.command),
    ("emulate", emulate.command),
)
