"""`throughline doctor`: what is configured, what is reachable, and what to do about the rest."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Annotated

import typer

from cli.shell import Shell, console, run

if TYPE_CHECKING:
    from cli.checks import Check

_SIGNS = {"ok": ("ok", "green"), "warn": ("note", "yellow"), "broken": ("broken", "red")}


def command(
    ctx: typer.Context,
    as_json: Annotated[bool, typer.Option("--json", help="One JSON object a check.")] = False,
) -> None:
    """Check what is set up and reachable, and what to do.

    The exit code is 1 if something needed is broken.
    """
    from cli.checks import examine

    shell: Shell = ctx.obj
    settings = shell.settings()
    with console(err=True).status("Looking ..."):
        checks = run(examine(settings, shell.opener))
    _print_json(checks) if as_json else _print(checks)
    if any(check.state == "broken" for check in checks):
        raise typer.Exit(1)


def _print_json(checks: list[Check]) -> None:
    for it in checks:
        print(json.dumps({"check": it.name, "state": it.state, "what": it.what, "todo": it.todo}))


def _print(checks: list[Check]) -> None:
    from rich.table import Table
    from rich.text import Text

    table = Table(box=None, show_header=False, pad_edge=False)
    for it in checks:
        sign, colour = _SIGNS[it.state]
        what = Text(it.what)
        if it.todo:
            what.append(f"\n{it.todo}", "bold")
        table.add_row(Text(sign, colour), it.name, what)
    console().print(table)
