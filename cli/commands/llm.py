"""`throughline llm`: a language model on this machine, behind OpenAI's API."""

from __future__ import annotations

import os
import socket
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from cli.shell import Shell, console
from contracts.errors import BadInput, ConfigurationError

if TYPE_CHECKING:
    from rich.console import Console

    from contracts.settings import Settings
    from models.served.engine import LlamaEngine

HOST = "127.0.0.1"  # who may reach it is who is on this machine: it asks for no key
PATIENCE = 40  # what the product's time limits are multiplied by


def command(
    ctx: typer.Context,
    port: Annotated[
        int, typer.Option(min=0, max=65535, help="Port of loopback; 0 takes a free one.")
    ] = 8081,
    weights: Annotated[
        Path | None, typer.Option(help="A GGUF file of your own, instead of the extra's.")
    ] = None,
    threads: Annotated[
        int | None, typer.Option(min=1, help="Cores to use.", show_default="all")
    ] = None,
    warm: Annotated[
        bool, typer.Option("--warm/--no-warm", help="Read the agents' prompts in advance.")
    ] = True,
) -> None:
    """Serve a small language model as OpenAI's API until Ctrl-C. `make llm` installs it."""
    shell: Shell = ctx.obj
    settings = shell.settings(quiet=False)
    import asyncio

    asyncio.run(_serve(settings, port, weights, threads, warm))


async def _serve(
    settings: Settings, port: int, weights: Path | None, threads: int | None, warm: bool
) -> None:
    from uvicorn import Config

    from models.served.server import Api
    from ui.server import Server

    screen = console()
    with _listen(port) as listening:
        engine, name = await _started(settings, weights, threads, screen)
        try:
            if warm:
                await _warm(settings, engine, screen)
            app = Api(engine, name).app()
            config = Config(app, log_config=None, access_log=False, timeout_graceful_shutdown=2)
            at = f"http://{HOST}:{listening.getsockname()[1]}/v1"
            await Server(config, lambda: _tell(screen, name, at)).serve(sockets=[listening])
        finally:
            await engine.close()


def _listen(port: int) -> socket.socket:
    try:
        return socket.create_server((HOST, port))
    except OSError as error:
        why = error.strerror or "it can't be had"
        raise ConfigurationError(f"port {port}: {why}; choose another with --port") from error


async def _started(
    settings: Settings, given: Path | None, threads: int | None, screen: Console
) -> tuple[LlamaEngine, str]:
    """The engine and what its model is called."""
    import asyncio

    from models.served.engine import LlamaEngine

    folder = settings.data_dir / "llm"
    cores = threads or len(os.sched_getaffinity(0))
    with screen.status("Loading the weights ..."):
        path, sha256, name = await asyncio.to_thread(_found, given, folder)
        engine = await LlamaEngine.start(path, sha256, folder / "prompts", cores)
    return engine, name


def _found(given: Path | None, folder: Path) -> tuple[Path, str, str]:
    """The weights, their hash and what they are called."""
    from models.served.weights import QWEN, assembled, sha256_of

    if given is None:
        return assembled(QWEN, folder), QWEN.sha256, QWEN.name
    if not given.is_file():
        raise BadInput(f"there is no file {given}")
    return given, sha256_of(given), given.stem


async def _warm(settings: Settings, engine: LlamaEngine, screen: Console) -> None:
    of = prefixes(settings.scenario)
    engine.forget_others(list(of.values()))
    for agent, prefix in of.items():
        with screen.status(f"Reading the {agent} agent's prompt (once; it is kept) ..."):
            await engine.warm(prefix)


def prefixes(scenario: str) -> dict[str, str]:
    """What each agent's requests begin with, as the product will send them."""
    from app.scenario import load_scenario
    from models.served.prompt import prefix_of
    from models.served.wire import Function
    from tools import load_tools

    agents = load_scenario(scenario).agents
    toolbox = load_tools(agents)
    found = {}
    for name, spec in agents.items():
        schemas = [toolbox.schema(tool)["function"] for tool in toolbox.granted_to(name)]
        rules = "\n\n".join((spec.prompt.strip(), *spec.policies))
        found[name] = prefix_of(rules, [Function.model_validate(s) for s in schemas])
    return found


def _tell(screen: Console, name: str, at: str) -> None:
    screen.print(f"Serving {name} at {at}. Ctrl-C stops it. For the product, in another terminal:")
    screen.print(
        f"  MODEL=openai:{name} OPENAI_BASE_URL={at} MODEL_PATIENCE={PATIENCE} make run",
        soft_wrap=True,
    )
