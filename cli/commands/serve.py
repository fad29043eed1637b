"""`throughline serve`: the web chat and the channels' endpoints."""

from __future__ import annotations

from typing import Annotated

import typer

from cli.shell import Shell


def command(
    ctx: typer.Context,
    host: Annotated[str | None, typer.Option(help="Address to listen on.")] = None,
    port: Annotated[
        int | None, typer.Option(min=0, max=65535, help="Port to listen on; 0 takes a free one.")
    ] = None,
) -> None:
    """Serve the web chat and the channels until Ctrl-C."""
    shell: Shell = ctx.obj
    settings = shell.settings(quiet=False, host=host, port=port)
    import asyncio

    from ui.server import serve

    asyncio.run(serve(settings))
