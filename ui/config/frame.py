"""What every operators' page stands in: who is signed in, where one may go, dates as said here."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from fastapi import Request, Response

from contracts.records.operators import Role
from ui.config.access import Access, Who, who_of
from ui.pages.shell import Shell
from ui.state import Site


@dataclass(frozen=True, slots=True)
class Place:
    path: str
    name: str
    role: Role = Role.VIEWER


PLACES = (
    Place("/config/", "Overview"),
    Place("/config/channels", "Channels"),
    Place("/config/agents", "Agents"),
    Place("/config/mappings", "Mappings"),
    Place("/config/try", "Try a message"),
    Place("/config/statistics", "Statistics"),
    Place("/config/yaml", "Import and export"),
    Place("/config/audit", "Changes"),
    Place("/config/operators", "Operators", Role.ADMIN),
)


class Frame:
    """Makes the operators' pages. They are in English, whatever the browser asks for."""

    def __init__(self, site: Site, shell: Shell, access: Access) -> None:
        self._shell = shell
        self._zone = ZoneInfo(site.app.scenario.brand.timezone)
        self.access = access

    def page(self, request: Request, template: str, status: int = 200, **values: Any) -> Response:
        """A template of `config/`. It may use `who`, `places`, `at` (the path) and `when`."""
        who = who_of(request)
        places = [place for place in PLACES if who.may(place.role)]
        return self.bare(request, template, status, who=who, places=places, **values)

    def bare(self, request: Request, template: str, status: int = 200, **values: Any) -> Response:
        """The same for somebody who is not signed in."""
        who: Who | None = values.pop("who", None)
        return self._shell.page(
            request,
            f"config/{template}",
            status,
            at=request.url.path,
            who=who,
            when=self.when,
            **values,
        )

    def when(self, at: datetime) -> str:
        """ "Nov 21, 2026, 12:15:03 PM PST", in the utility's zone."""
        local = at.astimezone(self._zone)
        clock = f"{local:%I:%M:%S %p}".lstrip("0")
        return f"{local:%b} {local.day}, {local.year}, {clock} {local:%Z}"
