"""The pages of agents, of channels and of mappings: a list each, and a form over it.

Each is a whole page, which works without a script; with one, htmx takes the form or the list out of
it and puts that into the page that is open.
"""

from __future__ import annotations

from dataclasses import dataclass

from fastapi import APIRouter, Depends, Request, Response

from channels.numbers.entries import LISTS, Entry, entries_of, entry_of, id_of, mark_of
from channels.numbers.problem import Problem, Refused
from channels.numbers.service import NotThere
from contracts.errors import BadInput, Conflict
from contracts.records import Configuration, Mapping
from contracts.records.numbers import Kind
from contracts.records.operators import Role
from ui.config.access import who_of
from ui.config.forms import Typed, at_fields, filled, typed_from, typed_of
from ui.config.frame import Frame
from ui.config.listing import Listing
from ui.config.words import changes_of
from ui.pages.shell import to
from ui.state import Site

DONE = {
    "added": "{kind} {id} is added.",
    "edited": "{kind} {id} is saved.",
    "on": "{kind} {id} is switched on.",
    "off": "{kind} {id} is switched off.",
    "deleted": "{kind} {id} is deleted.",
    "primary": "{kind} {id} is the primary one now.",
}


@dataclass(frozen=True, slots=True)
class _Editing:
    """A form as it is shown: of which entry, what is in it, and what is wrong."""

    typed: Typed
    entry_id: str = ""  # empty for a new one
    mark: str = ""
    wrong: dict[str, str] | None = None
    others: tuple[str, ...] = ()
    theirs: tuple[tuple[str, str, str], ...] = ()  # what somebody else made of it meanwhile


class EntryPages:
    """The pages of one kind."""

    def __init__(self, site: Site, frame: Frame, kind: Kind) -> None:
        self._service = site.app.numbers
        self._region = site.app.scenario.brand.region
        self._frame = frame
        self._kind = kind
        self._home = f"/config/{LISTS[kind]}"
        self._listing = Listing(site, kind)
        self.router = self._routes(frame)

    def _routes(self, frame: Frame) -> APIRouter:
        router = APIRouter(prefix=self._home, tags=["operators"])
        sees = [Depends(frame.access.may(Role.VIEWER))]
        changes = [Depends(frame.access.may(Role.OPERATOR))]
        router.get("", dependencies=sees)(self.all)
        router.get("/new", dependencies=changes)(self.ask_new)
        router.post("/new", dependencies=changes)(self.add)
        router.get("/{entry_id}/edit", dependencies=sees)(self.ask_edit)
        router.post("/{entry_id}/edit", dependencies=changes)(self.edit)
        router.get("/{entry_id}/delete", dependencies=changes)(self.ask_delete)
        router.post("/{entry_id}/delete", dependencies=changes)(self.delete)
        if self._kind == "mapping":
            router.post("/{entry_id}/primary", dependencies=changes)(self.make_primary)
        else:
            router.post("/{entry_id}/switch", dependencies=changes)(self.switch)
        return router

    # --- looking ------------------------------------------------------------------------------

    async def all(
        self, request: Request, q: str = "", show: str = "", done: str = "", of: str = ""
    ) -> Response:
        said = DONE[done].format(kind=self._kind.capitalize(), id=of[:80]) if done in DONE else ""
        return await self._list(request, q=q, show=show, said=said)

    async def ask_new(self, request: Request) -> Response:
        given = {name: value for name, value in request.query_params.items() if len(value) <= 200}
        return await self._form(request, _Editing({"active": "yes", "weight": "1", **given}))

    async def ask_edit(self, request: Request, entry_id: str) -> Response:
        entry = entry_of(await self._service.load(), self._kind, entry_id)
        if entry is None:
            return await self._gone(request, entry_id)
        return await self._form(request, _Editing(typed_from(entry), entry_id, mark_of(entry)))

    # --- changing -----------------------------------------------------------------------------

    async def add(self, request: Request) -> Response:
        typed = typed_of(await request.form())
        if self._kind == "mapping" and not typed.get("mapping_id"):
            typed["mapping_id"] = await self._free_id(typed)
        given = filled(self._kind, typed, region=self._region)
        if given.entry is None:
            return await self._form(request, _Editing(typed, wrong=given.wrong), 422)
        entry = given.entry
        if not isinstance(entry, Mapping):
            entry = entry.model_copy(update={"active": typed.get("active") == "yes"})
        answers = typed.get("answers", "") if self._kind == "channel" else ""
        try:
            await self._service.add(entry, who=who_of(request).name, agent_id=answers)
        except Refused as refused:
            return await self._refused(request, _Editing(typed), id_of(entry), refused.problems)
        except Conflict as error:
            return await self._form(request, _Editing(typed, others=(str(error),)), 409)
        return self._done("added", id_of(entry))

    async def edit(self, request: Request, entry_id: str) -> Response:
        typed = {**typed_of(await request.form()), f"{self._kind}_id": entry_id}
        standing = entry_of(await self._service.load(), self._kind, entry_id)
        if standing is None:
            return await self._gone(request, entry_id)
        mark = typed.get("mark", "")
        given = filled(self._kind, typed, region=self._region, standing=standing)
        if given.entry is None:
            return await self._form(request, _Editing(typed, entry_id, mark, given.wrong), 422)
        try:
            await self._service.edit(given.entry, who=who_of(request).name, mark=mark)
        except Refused as refused:
            editing = _Editing(typed, entry_id, mark)
            return await self._refused(request, editing, entry_id, refused.problems)
        except NotThere:
            return await self._gone(request, entry_id)
        except Conflict:
            return await self._slower(request, typed, given.entry)
        return self._done("edited", entry_id)

    async def switch(self, request: Request, entry_id: str) -> Response:
        on = typed_of(await request.form()).get("on") == "yes"
        try:
            await self._service.switch(self._kind, entry_id, on=on, who=who_of(request).name)
        except (BadInput, Conflict) as error:
            return await self._not_done(request, error)
        return self._done("on" if on else "off", entry_id)

    async def make_primary(self, request: Request, entry_id: str) -> Response:
        try:
            await self._service.make_primary(entry_id, who=who_of(request).name)
        except (BadInput, Conflict) as error:
            return await self._not_done(request, error)
        return self._done("primary", entry_id)

    async def ask_delete(self, request: Request, entry_id: str) -> Response:
        configuration = await self._service.load()
        entry = entry_of(configuration, self._kind, entry_id)
        if entry is None:
            return await self._gone(request, entry_id)
        affected = [
            it.mapping_id for it in configuration.mappings if _hangs_on(it, self._kind, entry_id)
        ]
        return self._frame.page(
            request,
            "delete.html",
            kind=self._kind,
            home=self._home,
            entry_id=entry_id,
            title=getattr(entry, "name", ""),
            affected=affected,
        )

    async def delete(self, request: Request, entry_id: str) -> Response:
        try:
            await self._service.delete(self._kind, entry_id, who=who_of(request).name)
        except NotThere:
            return await self._gone(request, entry_id)
        except (BadInput, Conflict) as error:
            return await self._not_done(request, error)
        return self._done("deleted", entry_id)

    # --- pages --------------------------------------------------------------------------------

    async def _list(
        self,
        request: Request,
        status: int = 200,
        *,
        q: str = "",
        show: str = "",
        said: str = "",
        refused: tuple[str, ...] = (),
    ) -> Response:
        configuration = await self._service.load()
        return self._frame.page(
            request,
            f"{LISTS[self._kind]}.html",
            status,
            home=self._home,
            kind=self._kind,
            q=q,
            show=show,
            said=said,
            refused=refused,
            total=len(entries_of(configuration, self._kind)),
            **self._listing.values(configuration, q, show),
        )

    async def _form(self, request: Request, editing: _Editing, status: int = 200) -> Response:
        configuration = await self._service.load()
        return self._frame.page(
            request,
            f"{self._kind}_form.html",
            status,
            home=self._home,
            kind=self._kind,
            typed=editing.typed,
            entry_id=editing.entry_id,
            mark=editing.mark,
            wrong=editing.wrong or {},
            others=editing.others,
            theirs=editing.theirs,
            may=who_of(request).may(Role.OPERATOR),
            **self._listing.options(configuration, editing.entry_id),
        )

    async def _refused(
        self, request: Request, editing: _Editing, entry_id: str, found: tuple[Problem, ...]
    ) -> Response:
        """The form again, with each problem at its field."""
        wrong, others = at_fields(found, self._kind, entry_id, self._listing.fields)
        shown = _Editing(
            editing.typed,
            editing.entry_id,
            editing.mark,
            wrong,
            tuple(problem.message for problem in others),
        )
        return await self._form(request, shown, 422)

    async def _slower(self, request: Request, typed: Typed, mine: Entry) -> Response:
        """Somebody was quicker: what they made of it beside what is in the form, which is kept."""
        standing = entry_of(await self._service.load(), self._kind, id_of(mine))
        if standing is None:
            return await self._gone(request, id_of(mine))
        theirs = changes_of(standing.model_dump(mode="json"), mine.model_dump(mode="json"))
        editing = _Editing(typed, id_of(mine), mark_of(standing), theirs=tuple(theirs))
        return await self._form(request, editing, 409)

    async def _gone(self, request: Request, entry_id: str) -> Response:
        gone = f"There is no {self._kind} {entry_id[:80]} any more."
        return await self._list(request, 404, refused=(gone,))

    async def _not_done(self, request: Request, error: Exception) -> Response:
        problems = error.problems if isinstance(error, Refused) else ()
        said = tuple(problem.message for problem in problems) or (_sentence(str(error)),)
        return await self._list(request, 422, refused=said)

    def _done(self, what: str, entry_id: str) -> Response:
        return to(f"{self._home}?done={what}&of={entry_id}")

    async def _free_id(self, typed: Typed) -> str:
        """An id for a mapping, of what it connects: nobody needs to think of one."""
        configuration: Configuration = await self._service.load()
        taken = {mapping.mapping_id for mapping in configuration.mappings}
        stem = f"{typed.get('channel_id', '')}-{typed.get('agent_id', '')}"[:70] or "mapping"
        ids = (stem, *(f"{stem}-{number}" for number in range(2, len(taken) + 3)))
        return next(it for it in ids if it not in taken)


def _hangs_on(mapping: Mapping, kind: Kind, entry_id: str) -> bool:
    if kind == "channel":
        return mapping.channel_id == entry_id
    return kind == "agent" and mapping.agent_id == entry_id


def _sentence(said: str) -> str:
    return f"{said[:1].upper()}{said[1:].rstrip('.')}."
