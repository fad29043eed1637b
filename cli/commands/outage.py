"""`throughline outage`: what is out, and a dispatcher's revision of it."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from typing import TYPE_CHECKING, Annotated, Any
from zoneinfo import ZoneInfo

import typer

from cli.shell import Shell, console
from contracts.errors import BadInput

if TYPE_CHECKING:
    from rich.table import Table

    from app.build import App
    from contracts.records import Outage

_AHEAD = re.compile(r"\+?(?:(\d{1,3})\s*h)?\s*(?:(\d{1,4})\s*m(?:in)?)?", re.IGNORECASE)
_LISTED = 100


class Action(StrEnum):
    LIST = "list"
    REVISE = "revise"


class Status(StrEnum):
    REPORTED = "reported"
    CONFIRMED = "confirmed"
    CREW_ASSIGNED = "crew assigned"
    REPAIRING = "repairing"
    RESTORED = "restored"


class Sureness(StrEnum):
    LOW = "low"
    MEDIUM = "medium"
    HIGH = "high"


def command(
    ctx: typer.Context,
    action: Annotated[Action, typer.Argument(help="What to do.")] = Action.LIST,
    outage_id: Annotated[str, typer.Argument(help="Which to revise.", metavar="OUTAGE")] = "",
    eta: Annotated[
        str, typer.Option(help='From now on, like "+45m" or "+2h30m", or a time: 2026-11-20T21:30.')
    ] = "",
    reason: Annotated[str, typer.Option(help="Why, as subscribers read it.")] = "",
    status: Annotated[Status | None, typer.Option(help="How far the work is.")] = None,
    confidence: Annotated[Sureness | None, typer.Option(help="How sure the estimate is.")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="One JSON object a line.")] = False,
) -> None:
    """List the outages, or revise one; whoever follows it is told."""
    shell: Shell = ctx.obj
    changes = {
        "status": status and status.value,
        "confidence": confidence and confidence.value,
        "reason": reason,
    }
    if action is Action.REVISE:
        found = [shell.run(lambda app: _revise(app, outage_id, eta, changes))]
    else:
        found = shell.run(lambda app: app.records.outages.active(_LISTED))
    if as_json:
        for outage in found:
            print(outage.model_dump_json(exclude={"area"}))
        return
    console().print(_table(found) if found else "Nothing is out.")


async def _revise(app: App, outage_id: str, eta: str, changes: dict[str, Any]) -> Outage:
    now = app.clock.now().astimezone(ZoneInfo(app.scenario.brand.timezone))
    when = read_eta(eta, now) if eta else None
    if when is None and not changes["status"] and not changes["confidence"]:
        raise BadInput("say what changes: --eta, --status or --confidence")
    try:
        return await app.records.outages.revise(outage_id, at=app.clock.now(), eta=when, **changes)
    except LookupError:
        raise BadInput(f"there is no outage {outage_id!r}: see throughline outage list") from None


def read_eta(text: str, now: datetime) -> datetime:
    """A time ahead of `now`, in its zone unless it says another. Raises BadInput."""
    hint = 'an ETA is like "+45m", "+2h30m" or "2026-11-20T21:30", and lies ahead'
    ahead = _AHEAD.fullmatch(text.strip())
    if ahead and any(ahead.groups()):
        hours, minutes = (int(part or 0) for part in ahead.groups())
        when = now + timedelta(hours=hours, minutes=minutes)
    else:
        try:
            when = datetime.fromisoformat(text.strip())
        except ValueError:
            raise BadInput(hint) from None
        when = when if when.tzinfo else when.replace(tzinfo=now.tzinfo)
    if when <= now:
        raise BadInput(hint)
    return when


def _table(outages: list[Outage]) -> Table:
    from rich.table import Table

    table = Table("Outage", "Where", "Status", "Customers", "Crew", "Back, in UTC", "How sure")
    for it in outages:
        crew = f"{it.crew.name}, {it.crew.status}" if it.crew else ""
        back = it.eta.astimezone(UTC).strftime("%b %d %H:%M") if it.eta else ""
        sure = it.eta_confidence if it.eta else ""
        customers = f"{it.customers_affected:,}"
        table.add_row(it.outage_id, it.place, it.status, customers, crew, back, sure)
    table.columns[0].no_wrap = True
    return table
