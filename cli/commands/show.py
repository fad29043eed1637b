"""`throughline show`: what the one conversation of a customer holds."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Annotated, Any

import typer

from cli.shell import Shell

if TYPE_CHECKING:
    from app.build import App


def command(
    ctx: typer.Context,
    number: Annotated[str, typer.Argument(help="The number or address the customer writes from.")],
    channel: Annotated[str, typer.Option(help="voice, whatsapp, sms, web or email.")] = "voice",
) -> None:
    """Print what the conversation of a customer holds.

    As JSON: customer_id, thread_id, sessions, conversation_summary, collected_data,
    handoffs, offers, pending, calls (the last five).
    """
    from channels.addresses import channel_named, normalise

    shell: Shell = ctx.obj
    named = channel_named(channel)

    async def context(app: App) -> dict[str, Any]:
        address = normalise(named, number, app.scenario.brand.region)
        return await app.gateway.context(named, address)

    print(json.dumps(shell.run(context), indent=2, default=str))
