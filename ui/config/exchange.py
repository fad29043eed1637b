"""The whole configuration as a file: taken away, and put in place of what stands."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from fastapi import APIRouter, Depends, Request, Response
from starlette.datastructures import FormData, UploadFile

from channels.numbers.problem import Refused
from channels.numbers.service import Imported
from channels.numbers.sheet import MAX_SHEET
from contracts.errors import BadInput, Conflict
from contracts.records import AuditEntry
from contracts.records.operators import Role
from ui.config.access import who_of
from ui.config.frame import Frame
from ui.config.words import changes_of
from ui.state import Site

SHOWN = 200  # changes and problems, at most
FILE = "numbers.yaml"


@dataclass(frozen=True, slots=True)
class Changed:
    """An entry that an import adds, changes or takes away."""

    kind: str
    id: str
    what: str
    fields: list[tuple[str, str, str]] = field(default_factory=list)


class Exchange:
    def __init__(self, site: Site, frame: Frame) -> None:
        self._service = site.app.numbers
        self._frame = frame
        self.router = APIRouter(prefix="/config/yaml", tags=["operators"])
        sees = [Depends(frame.access.may(Role.VIEWER))]
        changes = [Depends(frame.access.may(Role.OPERATOR))]
        self.router.get("", dependencies=sees)(self.ask)
        self.router.get("/download", dependencies=sees)(self.download)
        self.router.post("", dependencies=changes)(self.take)

    async def ask(self, request: Request) -> Response:
        return self._frame.page(request, "yaml.html", typed="")

    async def download(self) -> Response:
        text = await self._service.export_yaml()
        headers = {"Content-Disposition": f'attachment; filename="{FILE}"'}
        return Response(text, media_type="application/yaml", headers=headers)

    async def take(self, request: Request) -> Response:
        """Show what a file would change; or change it, where `apply` says so."""
        form = await request.form()
        apply = form.get("apply") == "yes"
        text = ""
        try:
            text = await _text_of(form)
            found = await self._service.import_yaml(
                text, who=who_of(request).name, dry_run=not apply
            )
        except Refused as refused:
            problems = refused.problems[:SHOWN]
            return self._frame.page(request, "yaml.html", 422, typed=text, problems=problems)
        except (BadInput, Conflict) as error:
            said = str(error)
            said = f"{said[:1].upper()}{said[1:].rstrip('.')}."
            return self._frame.page(request, "yaml.html", 422, typed=text, wrong=said)
        return self._frame.page(request, "yaml.html", typed=text, **_shown(found))


def _shown(found: Imported) -> dict[str, Any]:
    return {
        "changes": [changed_of(it) for it in found.changes[:SHOWN]],
        "more": max(0, len(found.changes) - SHOWN),
        "warnings": found.problems[:SHOWN],
        "stored": found.stored,
        "looked": True,
    }


def changed_of(entry: AuditEntry) -> Changed:
    what = "changed"
    if entry.before is None:
        what = "added"
    elif entry.after is None:
        what = "deleted"
    return Changed(entry.kind, entry.id, what, changes_of(entry.before, entry.after))


async def _text_of(form: FormData) -> str:
    """What was uploaded, else what was pasted. Raises BadInput."""
    upload = form.get("file")
    if isinstance(upload, UploadFile) and upload.filename:
        content = await upload.read(4 * MAX_SHEET + 1)
        try:
            text = content.decode("utf-8-sig")
        except UnicodeDecodeError as error:
            raise BadInput(
                "the file is no text in UTF-8: export one to see how it looks"
            ) from error
    else:
        pasted = form.get("text", "")
        text = pasted if isinstance(pasted, str) else ""
    if not text.strip():
        raise BadInput("there is nothing to import: choose a file, or paste its text")
    return text
