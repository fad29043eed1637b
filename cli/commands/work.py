"""`throughline work`: answers to messages, sending them, and the jobs behind; it serves nothing."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

import typer

from cli.shell import Shell

if TYPE_CHECKING:
    from app.build import App


def command(ctx: typer.Context) -> None:
    """Run the turns that nobody waits for, send messages and do the jobs behind, until Ctrl-C.

    `throughline serve` starts such processes beside itself (WORKERS). This is one more, on this
    machine or on another one with the same REDIS_URL and MONGODB_URI.
    """
    shell: Shell = ctx.obj
    shell.run(_work, quiet=False, worker=True)


async def _work(_app: App) -> None:
    typer.echo("At work. Ctrl-C stops it.")
    await asyncio.Event().wait()
