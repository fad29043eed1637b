"""`throughline emulate acs`: Azure Communication Services on this machine, and phones to try it."""

from __future__ import annotations

import base64
import binascii
import secrets
from typing import TYPE_CHECKING, Annotated, Literal
from urllib.parse import urlsplit

import typer

from cli.shell import Shell, console
from contracts.demo import AGENTS_NUMBER
from contracts.errors import BadInput

if TYPE_CHECKING:
    from collections.abc import Iterator

    from emulator.acs import Emulator
    from emulator.api import NewPhone
    from emulator.config import EmulatorConfig


def command(
    ctx: typer.Context,
    _what: Annotated[Literal["acs"], typer.Argument(metavar="acs", help="What to emulate.")],
    port: Annotated[
        int, typer.Option(min=0, max=65535, help="Port of loopback; 0 takes a free one.")
    ] = 8010,
    webhook: Annotated[
        str, typer.Option(help="Where Event Grid posts events.")
    ] = "http://127.0.0.1:8000/api/v1/messages/events",
    secret: Annotated[
        str, typer.Option(help="Sent with events as X-Throughline-Secret; else one is made.")
    ] = "",
    key: Annotated[str, typer.Option(help="The access key, base64; else one is made.")] = "",
    schema: Annotated[
        Literal["eventgrid", "cloudevents"], typer.Option(help="The schema of events.")
    ] = "eventgrid",
    duplicates: Annotated[
        float, typer.Option(min=0, max=1, help="The share of events that come twice.")
    ] = 0.0,
    shuffle: Annotated[bool, typer.Option("--shuffle", help="Events come out of order.")] = False,
    batch: Annotated[int, typer.Option(min=1, max=5000, help="Most events of one request.")] = 1,
    agents: Annotated[
        Literal["answers", "declines", "nothing"],
        typer.Option(
            help=f"What {AGENTS_NUMBER} does by itself when a call is put through; where that is "
            "nothing, it rings at the desk on the page."
        ),
    ] = "nothing",
    faster: Annotated[
        float, typer.Option(min=1, help="What Event Grid's waits are divided by.")
    ] = 1.0,
    seed: Annotated[int, typer.Option(help="Of chance: the same one, the same chaos.")] = 1,
) -> None:
    """Serve Azure Communication Services, and phones to try it with, until Ctrl-C.

    `throughline serve` starts one by itself in development. This one is for a product that is told
    of it (ACS_ENDPOINT), and for seeing how that takes what Event Grid can do.
    """
    shell: Shell = ctx.obj
    settings = shell.settings(quiet=False)
    import asyncio

    from app.scenario import load_scenario
    from emulator.api import Chaos
    from emulator.config import AGENTS, EmulatorConfig, Subscription

    subscription = Subscription(
        _checked_url(webhook),
        mail_webhook=_beside(webhook, "/api/v1/email/inbound"),
        calls_webhook=_beside(webhook, "/api/v1/calls/events"),
        secret=secret or secrets.token_urlsafe(32),
        schema=schema,
        chaos=Chaos(duplicates=duplicates, shuffle=shuffle, batch=batch),
        scale=1 / faster,
    )
    config = EmulatorConfig(
        access_key=_checked_key(key) or base64.b64encode(secrets.token_bytes(64)).decode(),
        subscription=subscription,
        phones=tuple(demo_phones()),
        templates=load_scenario(settings.scenario).messaging.templates,
        agents=tuple(it.model_copy(update={"does": agents}) for it in AGENTS),
        seed=seed,
    )
    asyncio.run(_serve(config, port))


async def _serve(config: EmulatorConfig, port: int) -> None:
    from emulator.acs import create_emulator
    from emulator.serving import listen, serve_until_stopped, url_of

    emulator = create_emulator(config)
    with listen(port) as listening:
        _tell(emulator, url_of(listening))
        await serve_until_stopped(emulator, listening)
    console().print("Stopped.")


def _tell(emulator: Emulator, url: str) -> None:
    screen = console()
    given = emulator.config
    screen.print(f"Try WhatsApp, SMS and calls: {url}/", markup=False)
    screen.print(f"Events go to {given.subscription.webhook}. Ctrl-C stops it.", markup=False)
    screen.print("For the product, in another terminal:", markup=False)
    screen.print(
        f"  ACS_ENDPOINT={url} ACS_ACCESS_KEY={given.access_key} "
        f"EVENTS_SECRET={given.subscription.secret} ACS_ISSUER={given.issuer} "
        f"ACS_JWKS_URL={url}/calling/keys ACS_RESOURCE_ID={given.resource_id} "
        f"AGENTS_NUMBER={AGENTS_NUMBER} make run",
        markup=False,
        soft_wrap=True,
    )


def demo_phones() -> Iterator[NewPhone]:
    """The demo customers' phones, and one that nobody knows."""
    from emulator.api import NewPhone
    from emulator.config import STRANGER
    from stores.seed.demo import DEMO

    whose: dict[str, list[str]] = {}
    for person in DEMO:
        if number := person.number or person.shared_number:
            whose.setdefault(number, []).append(person.name)
    for number, names in whose.items():
        first = next(person for person in DEMO if person.name == names[0])
        yield NewPhone(
            number=number,
            name=" & ".join(names),
            language=first.language,
            email=first.email or "",
            story=" ".join(person.story for person in DEMO if person.name in names),
        )
    yield STRANGER


def _checked_url(url: str) -> str:
    if urlsplit(url).scheme not in {"http", "https"} or not urlsplit(url).hostname:
        raise BadInput(f"--webhook has to be a URL such as http://127.0.0.1:8000/..., not {url!r}")
    return url


def _beside(webhook: str, path: str) -> str:
    """Where the same product takes something else."""
    return urlsplit(webhook)._replace(path=path, query="").geturl()


def _checked_key(key: str) -> str:
    try:
        base64.b64decode(key, validate=True)
    except binascii.Error as error:
        raise BadInput("--key has to be base64, as access keys are") from error
    return key
