"""`throughline seed`: writes the utility's records."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Annotated

import typer

from cli.shell import Shell, console

if TYPE_CHECKING:
    from app.build import App


def command(
    ctx: typer.Context,
    customers: Annotated[
        int | None,
        typer.Option(min=12, max=1_000_000, help="How many customers; SEED_CUSTOMERS if not said."),
    ] = None,
) -> None:
    """Seed the database with customers and their records."""
    shell: Shell = ctx.obj
    shell.run(lambda app: _seed(app, customers or app.settings.seed_customers))


async def _seed(app: App, customers: int) -> None:
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn
    from stores.seed import seed

    began = time.perf_counter()
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn())
    with Progress(*columns, console=console(err=True)) as progress:
        task = progress.add_task("Customers", total=customers)

        def advanced(done: int, total: int) -> None:
            progress.update(task, completed=done, total=total)

        await seed(app.database, customers=customers, clock=app.clock, progress=advanced)
    took = time.perf_counter() - began
    console().print(f"{customers:,} customers in {took:.1f} s ({customers / took:,.0f} a second)")
