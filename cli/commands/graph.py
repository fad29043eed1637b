"""`throughline graph`: the compiled graph as a Mermaid diagram."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from cli.shell import Shell

if TYPE_CHECKING:
    from app.build import App


def command(
    ctx: typer.Context,
    xray: Annotated[bool, typer.Option("--xray", help="Open up the subgraphs, too.")] = False,
) -> None:
    """Print the graph in Mermaid's language."""
    shell: Shell = ctx.obj

    async def draw(app: App) -> str:
        return str(app.graph.get_graph(xray=xray).draw_mermaid())

    print(shell.run(draw))
