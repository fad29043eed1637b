"""`throughline eval`: play the cases, judge them, and say how well the conversations go."""

from __future__ import annotations

from enum import StrEnum
from typing import TYPE_CHECKING, Annotated

import typer

from cli.shell import Shell, run
from contracts.errors import ConfigurationError

if TYPE_CHECKING:
    from evals.options import Options


class Action(StrEnum):
    RUN = "run"
    ROUTING = "routing"
    CASES = "cases"
    COMPARE = "compare"
    CAPTURE = "capture"


def command(
    ctx: typer.Context,
    action: Annotated[Action, typer.Argument(help="What to do.")] = Action.RUN,
    given: Annotated[
        list[str] | None,
        typer.Argument(
            help="run, cases: words of case ids or files. routing: names of sets. "
            "compare: two runs. capture: turns or customers.",
            metavar="WHAT",
        ),
    ] = None,
    model: Annotated[str, typer.Option(help="As MODEL: local, openai:NAME, ...")] = "",
    agent: Annotated[str, typer.Option(help="Only cases about this agent.")] = "",
    tag: Annotated[str, typer.Option(help="Only cases with this tag.")] = "",
    changed: Annotated[
        bool, typer.Option("--changed", help="Only what changed since the last run; compare.")
    ] = False,
    prompt: Annotated[
        list[str] | None, typer.Option(help="AGENT=FILE: a prompt instead of the agent's own.")
    ] = None,
    sabotage: Annotated[
        bool, typer.Option("--sabotage", help="Build faults in; each has to be noticed.")
    ] = False,
    attempts: Annotated[int, typer.Option(help="Play each so often, for pass^k.", min=1)] = 1,
    noise: Annotated[
        int, typer.Option(help="Play each with so many noisy customers more, by seeds.", min=0)
    ] = 0,
    customer: Annotated[
        str, typer.Option(help="A model that plays the customer, in cases with a goal.")
    ] = "",
    judge: Annotated[str, typer.Option(help="A model that judges tone and memory.")] = "",
    replays: Annotated[
        bool, typer.Option("--replays/--no-replays", help="Replay with channel switches.")
    ] = True,
    gate: Annotated[
        bool, typer.Option("--gate", help="Everything CI holds; exit 1 where a goal is missed.")
    ] = False,
    concurrency: Annotated[int, typer.Option(help="Plays at once, remote models.", min=1)] = 4,
    price: Annotated[
        str, typer.Option(help="IN,OUT: dollars a million tokens, for what a turn costs.")
    ] = "",
    label: Annotated[str, typer.Option(help="The run's name in reports.")] = "",
    limit: Annotated[int, typer.Option(help="capture: at most so many turns.", min=1)] = 20,
    verbose: Annotated[bool, typer.Option("--verbose", help="Show whole transcripts.")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="End with one line of JSON.")] = False,
) -> None:
    """Play the cases and judge them; or see how wishes are routed."""
    options = _options(dict(locals()))
    shell: Shell = ctx.obj
    raise typer.Exit(run(_do(action, options, shell)))


def _options(given: dict[str, object]) -> Options:
    try:
        from evals.options import Options
    except ModuleNotFoundError as error:
        raise ConfigurationError(
            f"the evals need {error.name}, which `make setup-dev` installs"
        ) from None
    return Options.model_validate({k: v for k, v in given.items() if k not in ("ctx", "action")})


async def _do(action: Action, options: Options, shell: Shell) -> int:
    from evals import commands

    settings = shell.settings()
    doing = {
        Action.RUN: commands.play,
        Action.ROUTING: commands.routing,
        Action.CASES: commands.list_cases,
        Action.COMPARE: commands.compare,
        Action.CAPTURE: commands.capture,
    }
    code: int = await doing[action](options, settings)
    return code
