"""Who changed what, and when."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from fastapi import APIRouter, Depends, Request, Response

from channels.numbers.entries import KINDS
from contracts.records import AuditEntry
from contracts.records.operators import Role
from ui.config.frame import Frame
from ui.config.words import changes_of
from ui.state import Site

A_PAGE = 25
LOOKED_AT = 5_000  # of the trail, the newest
SAID = {
    "add": "added",
    "edit": "changed",
    "switch on": "switched on",
    "switch off": "switched off",
    "delete": "deleted",
    "import": "imported",
}


@dataclass(frozen=True, slots=True)
class Noted:
    at: datetime
    who: str
    said: str
    kind: str
    id: str
    fields: list[tuple[str, str, str]]


class Audit:
    def __init__(self, site: Site, frame: Frame) -> None:
        self._service = site.app.numbers
        self._frame = frame
        self.router = APIRouter(prefix="/config/audit", tags=["operators"])
        self.router.get("", dependencies=[Depends(frame.access.may(Role.VIEWER))])(self.trail)

    async def trail(
        self, request: Request, kind: str = "", of: str = "", who: str = "", page: str = "1"
    ) -> Response:
        all_of_it = await self._service.audited(LOOKED_AT)
        fitting = [
            it
            for it in all_of_it
            if kind in ("", it.kind)
            and of.strip().casefold() in it.id.casefold()
            and who.strip().casefold() in it.who.casefold()
        ]
        pages = max(1, -(-len(fitting) // A_PAGE))
        number = min(pages, max(1, int(page) if page.isdecimal() and len(page) < 7 else 1))
        shown = fitting[(number - 1) * A_PAGE : number * A_PAGE]
        return self._frame.page(
            request,
            "audit.html",
            entries=[_noted(it) for it in shown],
            found=len(fitting),
            kinds=KINDS,
            kind=kind,
            of=of,
            by=who,
            number=number,
            pages=pages,
        )


def _noted(entry: AuditEntry) -> Noted:
    return Noted(
        entry.at,
        entry.who,
        SAID[entry.action],
        entry.kind,
        entry.id,
        changes_of(entry.before, entry.after),
    )
