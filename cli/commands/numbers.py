"""`throughline numbers`: which number belongs to which agent, as a file."""

from __future__ import annotations

import sys
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from cli.shell import Shell
from contracts.errors import BadInput

if TYPE_CHECKING:
    from app.build import App
    from channels.numbers.problem import Problem
    from channels.numbers.service import Imported

WHO = "the command line"  # in the audit trail
LARGEST = 16_000_000  # bytes


class Action(StrEnum):
    EXPORT = "export"
    IMPORT = "import"
    CHECK = "check"


def command(
    ctx: typer.Context,
    action: Annotated[Action, typer.Argument(help="What to do.")] = Action.CHECK,
    file: Annotated[str, typer.Argument(help="The file; - is standard input or output.")] = "-",
    dry_run: Annotated[bool, typer.Option(help="Only say what an import would change.")] = False,
) -> None:
    """Export agents, channels and mappings as YAML, import them, or check what stands."""
    shell: Shell = ctx.obj
    match action:
        case Action.EXPORT:
            _write(file, shell.run(lambda app: app.numbers.export_yaml()))
        case Action.IMPORT:
            _show_import(_imported(shell, _read(file), dry_run=dry_run))
        case Action.CHECK:
            problems = shell.run(lambda app: app.numbers.problems())
            _show(problems)
            if any(problem.severity == "error" for problem in problems):
                raise typer.Exit(1)


def _imported(shell: Shell, text: str, *, dry_run: bool) -> Imported:
    from channels.numbers.problem import Refused

    async def take(app: App) -> Imported:
        return await app.numbers.import_yaml(text, who=WHO, dry_run=dry_run)

    try:
        return shell.run(take)
    except Refused as refused:
        _show(refused.problems)
        raise BadInput("nothing was imported: mend the file, and import it again") from None


def _show_import(done: Imported) -> None:
    for change in done.changes:
        what = "change"
        if change.before is None:
            what = "add"
        elif change.after is None:
            what = "delete"
        print(f"{what} {change.kind} {change.id}")
    _show(done.problems)
    count = len(done.changes)
    if done.stored:
        print(f"{count} imported; version {done.configuration.version} stands.")
    else:
        print(f"{count} would be imported; nothing was changed.")


def _show(problems: tuple[Problem, ...]) -> None:
    for problem in problems:
        print(f"{problem.severity}: {problem.message}")
    if not problems:
        print("No problems.")


def _read(file: str) -> str:
    try:
        raw = sys.stdin.buffer.read(LARGEST) if file == "-" else Path(file).read_bytes()
        return raw.decode("utf-8-sig")
    except UnicodeDecodeError:
        raise BadInput("the file is no text in UTF-8") from None
    except OSError as error:
        raise BadInput(f"the file can't be read: {error.strerror}") from error


def _write(file: str, text: str) -> None:
    if file == "-":
        print(text, end="")
        return
    try:
        Path(file).write_text(text, encoding="utf-8")
    except OSError as error:
        raise BadInput(f"the file can't be written: {error.strerror}") from error
