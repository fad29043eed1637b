"""`throughline outbox`: what was sent to customers, and what became of it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from cli.shell import Shell, console

if TYPE_CHECKING:
    from app.build import App
    from contracts.records import OutboxMessage


def command(
    ctx: typer.Context,
    as_json: Annotated[bool, typer.Option("--json", help="One JSON object a line.")] = False,
    limit: Annotated[int, typer.Option(min=1, max=1000, help="How many, at most.")] = 20,
) -> None:
    """Print the messages sent, with what became of each: replies, one-time codes, hand-offs."""
    shell: Shell = ctx.obj

    async def recent(app: App) -> list[OutboxMessage]:
        return list(reversed(await app.records.outbox.recent(limit)))

    messages = shell.run(recent)
    if as_json:
        for message in messages:
            print(message.model_dump_json())
        return
    _show(messages)


def _show(messages: list[OutboxMessage]) -> None:
    from rich.text import Text

    from cli.render import plain

    screen = console()
    if not messages:
        screen.print("Nothing was sent yet.", style="dim")
    for message in messages:
        at = message.at.strftime("%Y-%m-%d %H:%M:%S UTC")
        became = f"{message.status}: {message.reason}" if message.reason else message.status
        head = f"{at} · {message.channel} to {message.address} · {message.purpose} · {became}"
        screen.print(Text(plain(head), "dim"), soft_wrap=True)
        screen.print(Text(plain(message.text)), soft_wrap=True)
