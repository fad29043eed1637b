"""`throughline customers`: who there is to play, and how they verify."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Annotated, Any

import typer

from cli.shell import Shell, console

if TYPE_CHECKING:
    from app.build import App
    from contracts.records import Customer, Records


def command(
    ctx: typer.Context,
    as_json: Annotated[bool, typer.Option("--json", help="One JSON object a line.")] = False,
) -> None:
    """List the demo customers, and what they verify with."""
    shell: Shell = ctx.obj
    found = shell.run(_profiles)
    if as_json:
        for profile in found:
            print(json.dumps(profile))
        return
    _show(found)


async def _profiles(app: App) -> list[dict[str, Any]]:
    return [await profile(app.records, customer) for customer in await app.records.customers.demo()]


async def profile(records: Records, customer: Customer) -> dict[str, Any]:
    """All that is needed to play a customer."""
    account = await records.accounts.get(customer.account_number)
    premise = await records.accounts.premise(account.premise_id) if account else None
    return {
        "customer_id": customer.customer_id,
        "name": customer.name,
        "number": _contact(customer, "phone"),
        "email": _contact(customer, "email"),
        "account_number": customer.account_number,
        "address": premise.address if premise else None,
        "zip": premise.zip if premise else None,
        "date_of_birth": customer.date_of_birth.isoformat(),
        "ssn_last4": customer.ssn_last4,
        "story": customer.story,
    }


def _contact(customer: Customer, kind: str) -> str | None:
    """The primary contact of that kind, else the first."""
    found = [contact for contact in customer.contacts if contact.kind == kind]
    primary = [contact for contact in found if contact.primary]
    return next((contact.value for contact in [*primary, *found]), None)


def _show(profiles: list[dict[str, Any]]) -> None:
    from rich.table import Table

    table = Table("Customer", "Verifies with", "Story", title="Demo customers", show_lines=True)
    for it in profiles:
        who = f"{it['name']}\n{it['number'] or it['email']}\n{it['address'] or ''}"
        proof = (
            f"account {it['account_number']}\nZIP {it['zip']}\n"
            f"born {it['date_of_birth']}\nSSN ends {it['ssn_last4']}"
        )
        table.add_row(who, proof, it["story"])
    console().print(table)
    console().print("Demo data: these people and their details are made up.", style="dim")
