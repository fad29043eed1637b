"""`throughline storm`: fills the phone line, so that the channel router has cause to act."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated
from uuid import uuid4

import typer

from cli.shell import Shell, console
from contracts.errors import BadInput

if TYPE_CHECKING:
    from rich.table import Table

    from app.build import App
    from contracts.messages import Channel
    from contracts.ports import QueueMetrics, QueueState
    from contracts.scenario import Triggers

Snapshot = dict["Channel", "QueueState"]


def command(
    ctx: typer.Context,
    calls: Annotated[
        int, typer.Option("--calls", min=1, max=5000, help="How many callers join the line.")
    ] = 60,
    end: Annotated[bool, typer.Option("--end", help="The storm is over: empty the lines.")] = False,
) -> None:
    """Fill the phone lines as a storm does; --end empties them."""
    shell: Shell = ctx.obj
    shell.run(lambda app: _storm(app, 0 if end else calls))


async def _storm(app: App, calls: int) -> None:
    """With no calls, the storm ends."""
    if app.settings.environment == "production":
        raise BadInput("a storm can't be played in production: these are customers' real lines")
    queues, screen = app.memory.queues, console()
    screen.print(_table("Before", await queues.snapshot()))
    if calls:
        await fill(queues, calls)
    else:
        await queues.clear()
    after = await queues.snapshot()
    screen.print(_table("After", after))
    for line in met(after, app.scenario.router.triggers):
        screen.print(line)


async def fill(queues: QueueMetrics, calls: int) -> None:
    """Let so many callers join the voice line."""
    from contracts.messages import Channel
    from contracts.ports import Waiting

    storm = uuid4().hex[:8]
    await queues.arrived(Channel.VOICE, calls)
    for number in range(calls):
        who = f"storm-{storm}-{number}"
        await queues.join(Waiting(who, customer_id=who, channel=Channel.VOICE, reason="storm"))


def met(queues: Snapshot, triggers: Triggers) -> list[str]:
    """In words, which thresholds of the scenario the lines are over."""
    words = []
    for channel, queue in queues.items():
        over = []
        if queue.wait_s > triggers.wait_s.above:
            over.append(f"the wait is over {triggers.wait_s.above:g} s")
        if queue.depth > triggers.depth.above:
            over.append(f"more than {triggers.depth.above:g} are waiting")
        if over:
            words.append(f"{channel}: {' and '.join(over)}, so callers are offered to move.")
    return words or ["No line is over a threshold."]


def _table(title: str, queues: Snapshot) -> Table:
    from rich.table import Table

    table = Table(title=title, title_justify="left")
    for heading in ("Channel", "Waiting", "Arrivals/h", "Agents", "Handling", "Wait"):
        table.add_column(heading, justify="left" if heading == "Channel" else "right")
    for channel, it in queues.items():
        numbers = (str(it.depth), f"{it.arrivals_per_hour:.0f}", str(it.agents))
        table.add_row(channel, *numbers, f"{it.handle_s:.0f} s", f"{it.wait_s:.0f} s")
    return table
