"""`throughline seed`: writes the utility's records."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from cli.shell import Shell, console

if TYPE_CHECKING:
    from app.build import App

DEMO = 14  # the demo customers come first


def command(
    ctx: typer.Context,
    customers: Annotated[
        int | None,
        typer.Option(
            min=DEMO, max=1_000_000, help="How many customers; SEED_CUSTOMERS if not said."
        ),
    ] = None,
) -> None:
    """Seed the database with customers and their records."""
    shell: Shell = ctx.obj
    wanted = customers or shell.settings().seed_customers
    # Opening seeds, too: just the demo customers, so that the rest is seen here.
    shell.run(lambda app: _seed(app, wanted), seed_customers=DEMO)


async def _seed(app: App, customers: int) -> None:
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn

    from stores.seed import seed

    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn())
    with Progress(*columns, console=console(err=True)) as progress:
        task = progress.add_task("Customers", total=customers)

        def advanced(done: int, total: int) -> None:
            progress.update(task, completed=done, total=total)

        rate = await seed(app.database, customers=customers, clock=app.clock, progress=advanced)
        progress.update(task, completed=customers)
    console().print(f"{customers:,} customers are there{_pace(rate)}.")


def _pace(rate: float) -> str:
    return f": seeded at {rate:,.0f} a second" if rate > 0 else ", as before"
