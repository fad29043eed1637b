"""The command line, `throughline`. Each command is a file of `cli/commands/`."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Annotated, Any, NoReturn

import typer

from cli.commands import COMMANDS
from cli.order import InOrder
from cli.shell import Shell, known
from contracts.errors import ThroughlineError

HELP = "Throughline: customer service for an electric and gas utility, one conversation everywhere."


def guarded(command: Callable[..., None]) -> Callable[..., None]:
    """The command, with what goes wrong turned into one line on stderr, unless `--debug` is on.

    The exit code is 2 for our own errors, 130 for Ctrl-C and 1 for what nobody foresaw.
    """

    @wraps(command)
    def run(ctx: typer.Context, **options: Any) -> None:
        try:
            command(ctx, **options)
        except (typer.Exit, BrokenPipeError):
            raise
        except KeyboardInterrupt:
            raise typer.Exit(130) from None
        except Exception as error:
            if ctx.obj.debug:
                raise
            give_up(known(error))

    return run


def give_up(error: Exception) -> NoReturn:
    """Say what went wrong and exit."""
    ours = isinstance(error, ThroughlineError)
    surprise = f"something unexpected went wrong ({type(error).__name__})"
    line = str(error) if ours else f"{surprise}: throughline --debug shows where"
    typer.echo(f"throughline: {' '.join(line.split())}", err=True)
    raise typer.Exit(2 if ours else 1) from None


def start(
    ctx: typer.Context,
    debug: Annotated[
        bool, typer.Option("--debug", help="Log everything, and show tracebacks.")
    ] = False,
) -> None:
    ctx.obj = ctx.obj or Shell()
    ctx.obj.debug = debug


def build() -> typer.Typer:
    """The application with all its commands."""
    made = typer.Typer(
        help=HELP,
        no_args_is_help=True,
        pretty_exceptions_enable=False,
        add_completion=False,
        context_settings={"help_option_names": ["-h", "--help"]},
    )
    made.callback()(start)
    for name, command in COMMANDS:
        made.command(name, cls=InOrder)(guarded(command))
    return made


app = build()
