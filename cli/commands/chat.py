"""`throughline chat`: a customer on one channel, at the terminal or in JSON lines."""

from __future__ import annotations

import sys
from contextlib import redirect_stdout, suppress
from typing import TYPE_CHECKING, Annotated

import typer

from cli.shell import Shell
from contracts.errors import BadInput

if TYPE_CHECKING:
    from app.build import App


def command(
    ctx: typer.Context,
    channel: Annotated[
        str | None, typer.Option(help="voice, whatsapp, sms, web or email.", show_default="voice")
    ] = None,
    sender: Annotated[
        str | None,
        typer.Option("--from", help="The number (or web session) the customer writes from."),
    ] = None,
    as_json: Annotated[
        bool, typer.Option("--json", help="Read messages and write turns as JSON lines.")
    ] = False,
) -> None:
    """Talk to the utility as a customer.

    With --json each line in is {"channel", "from", "text", "id"?} (or "choice", or "dtmf"
    instead of "text"), each line out one turn: {"customer_id", "thread_id", "channel",
    "agent", "tools", "reply", "parts", "pending", "offer", "identity", "elapsed_ms"}. A
    line that can't be used gives {"error", "line"}, and reading goes on.
    """
    shell: Shell = ctx.obj
    if as_json:
        raise typer.Exit(_json(shell, channel, sender))
    if not sender:
        raise BadInput("--from is missing: try --from +15550101 (throughline customers has more)")
    _talk(shell, channel or "voice", sender)


def _json(shell: Shell, channel: str | None, sender: str | None) -> int:
    from cli.exchange import exchange

    out = sys.stdout
    with redirect_stdout(sys.stderr):  # a stray print of some library spoils no line
        return shell.run(lambda app: exchange(app, out, channel, sender), quiet=False, worker=True)


def _talk(shell: Shell, channel: str, sender: str) -> None:
    from channels.addresses import channel_named
    from cli.conversation import Conversation
    from cli.lines import lines
    from cli.shell import console

    named = channel_named(channel)
    screen = console()

    async def talk(app: App) -> None:
        echo = not sys.stdin.isatty()
        await Conversation(app, screen, named, sender, echo=echo).run(lines())

    with suppress(KeyboardInterrupt):  # an ordinary way to end
        shell.run(talk, worker=True)
    screen.print("\nGood-bye.", style="dim")
