"""The operators' REST: the same as their pages do, for programs and scripts.

A program sends its token as `Authorization: Bearer ...`; a page of ours its session and the form's
token. What is refused says why: 400 for what can't be read, 401, 403, 404, 409 where somebody else
was quicker, 422 with every problem that a change would make.
"""

from __future__ import annotations

from collections.abc import Callable, Coroutine
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Query, Request, Response
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from fastapi.routing import APIRoute

from channels.numbers.entries import KINDS, LISTS, MODELS, Entry, entry_of, id_of
from channels.numbers.problem import Problem, Refused
from channels.numbers.service import NotThere
from channels.numbers.statistics import MAX_DAYS, Statistics, statistics
from contracts.errors import (
    BadInput,
    Conflict,
    Overloaded,
    StoreUnavailable,
    ThreadBusy,
    ThroughlineError,
)
from contracts.records import ChannelEntry, Configuration
from contracts.records.numbers import Kind
from contracts.records.operators import Role
from ui.config.access import Access, who_of
from ui.config.bodies import ANSWERS, MARK, entry_in, shape_in, text_in
from ui.config.routing import Routing
from ui.config.shapes import (
    Agents,
    Answer,
    Changed,
    Channels,
    Import,
    Mappings,
    Message,
    Named,
    Routed,
    Status,
    Switch,
    Trail,
    Validation,
    Wrong,
)
from ui.state import Site

Asked = dict[int | str, dict[str, Any]]
REFUSED: Asked = {
    status: {"model": Wrong, "description": description}
    for status, description in {
        400: "It can't be read.",
        401: "Nobody is signed in.",
        403: "The role is not enough.",
        404: "There is none.",
        409: "Somebody else was quicker.",
        422: "It would make these problems.",
        429: "Too often.",
        503: "It can't be reached now.",
    }.items()
}
YAML = "application/yaml"
STATUSES = ((Refused, 422), (NotThere, 404), (Conflict, 409), (BadInput, 400))  # the first counts
AGAIN = (StoreUnavailable, Overloaded, ThreadBusy)


class _Said(APIRoute):
    """Turns our errors into answers."""

    def get_route_handler(self) -> Callable[[Request], Coroutine[Any, Any, Response]]:
        handle = super().get_route_handler()

        async def handled(request: Request) -> Response:
            try:
                return await handle(request)
            except (RequestValidationError, ThroughlineError) as error:
                answer = _said(error)
                if answer is None:
                    raise
                return answer

        return handled


def _said(error: Exception) -> Response | None:
    """What is told of an error; None for one that others tell of."""
    if isinstance(error, RequestValidationError):
        return _wrong(422, _first(error))
    if isinstance(error, AGAIN):
        again = _wrong(503, "it can't be had right now: try again in a minute")
        again.headers["Retry-After"] = "30"
        return again
    problems = error.problems if isinstance(error, Refused) else ()
    status = next((status for kind, status in STATUSES if isinstance(error, kind)), None)
    return _wrong(status, str(error), problems) if status else None


def _first(error: RequestValidationError) -> str:
    found = error.errors()[0]
    return f"{'.'.join(str(part) for part in found['loc'])}: {found['msg']}"


def _wrong(status: int, detail: str, problems: tuple[Problem, ...] = ()) -> JSONResponse:
    return JSONResponse(Wrong(detail=detail, problems=problems).model_dump(mode="json"), status)


class ConfigApi:
    """`router` holds the routes."""

    def __init__(self, site: Site, access: Access) -> None:
        self._app = site.app
        self._service = site.app.numbers
        self._routing = Routing(site.app)
        self._region = site.app.scenario.brand.region
        self.router = APIRouter(route_class=_Said, responses=REFUSED, tags=["configuration"])
        self._looking([Depends(access.may(Role.VIEWER))])
        may_change = [Depends(access.may(Role.OPERATOR))]
        for kind in KINDS:
            self._changing(kind, may_change)
        self._rest(may_change)

    def _looking(self, may: list[Any]) -> None:
        get = self.router.get
        get("/config/api/agents", dependencies=may, response_model=Agents)(self.load)
        get("/config/api/channels", dependencies=may, response_model=Channels)(self.load)
        get("/config/api/mappings", dependencies=may, response_model=Mappings)(self.load)
        get("/config/api/phone/{phone}/agent", dependencies=may)(self.agent_of)
        get("/config/api/validation", dependencies=may)(self.validation)
        get("/config/api/stats", dependencies=may)(self.stats)
        get("/config/api/audit", dependencies=may)(self.audit)
        get("/config/api/export", dependencies=may, responses=_yaml())(self.export)
        get("/route/agent/{phone}", dependencies=may)(self.agent_of)
        get("/route/stats", dependencies=may)(self.stats)
        get("/messaging-connect/status", dependencies=may)(self.status)

    def _changing(self, kind: Kind, may: list[Any]) -> None:
        def post(path: str, takes: dict[str, Any], status: int = 200) -> Callable[..., Any]:
            return self.router.post(
                path,
                dependencies=may,
                status_code=status,
                response_model=Changed,
                openapi_extra={"requestBody": takes},
                operation_id=f"{path.strip('/').replace('/', '_')}_post",
            )

        async def add(request: Request) -> Changed:
            return await self._add(request, kind)

        async def edit(request: Request) -> Changed:
            return await self._edit(request, kind)

        async def switch(request: Request) -> Changed:
            return await self._switch(request, kind)

        async def delete(request: Request) -> Changed:
            return await self._delete(request, kind)

        an_entry, own = _takes(MODELS[kind]), f"/config/{LISTS[kind]}"
        post(f"/config/api/{LISTS[kind]}", an_entry, 201)(add)
        post(f"{own}/add", an_entry, 201)(add)
        post(f"{own}/edit", an_entry)(edit)
        if kind != "mapping":
            post(f"{own}/switch", _takes(Switch))(switch)
        post(f"{own}/delete", _takes(Named))(delete)

    def _rest(self, may: list[Any]) -> None:
        post = self.router.post
        sheet = {"requestBody": {"required": True, "content": {YAML: {"schema": {}}}}}
        post("/config/api/import", dependencies=may, openapi_extra=sheet)(self.import_)
        body = {"requestBody": _takes(Message)}
        post("/route/message", dependencies=may, openapi_extra=body)(self.message)
        named = {"requestBody": _takes(Named)}
        primary = post("/config/mappings/primary", dependencies=may, openapi_extra=named)
        primary(self.make_primary)

    # --- looking ------------------------------------------------------------------------------

    async def load(self) -> Configuration:
        return await self._service.load()

    async def validation(self) -> Validation:
        """What is wrong with what stands, errors first."""
        found = await self._service.problems()
        return Validation(sound=not any(it.severity == "error" for it in found), problems=found)

    async def stats(self, days: Annotated[int, Query(ge=1, le=MAX_DAYS)] = 7) -> Statistics:
        """How many messages came in, the latest days first."""
        app = self._app
        return await statistics(app.records.numbers, app.scenario, app.clock, days)

    async def audit(self, limit: Annotated[int, Query(ge=1, le=1000)] = 100) -> Trail:
        """Who changed what, the newest first."""
        return Trail(entries=tuple(await self._service.audited(limit)))

    async def export(self) -> Response:
        """All of it as YAML."""
        return Response(await self._service.export_yaml(), media_type=YAML)

    async def agent_of(
        self,
        phone: str,
        sender: Annotated[str, Query(alias="from", max_length=320)] = "",
        text: Annotated[str, Query(max_length=4000)] = "",
    ) -> Routed:
        """Who answers on a number of ours now; to a message of `from` with this text, if given."""
        return await self._routing.routed(phone, sender=sender, text=text)

    async def status(self) -> Status:
        """Which providers are set up, our numbers, and what waits to be sent."""
        return await self._routing.status()

    # --- changing -----------------------------------------------------------------------------

    async def _add(self, request: Request, kind: Kind) -> Changed:
        entry, beside = await entry_in(request, kind, self._region)
        answers = beside[ANSWERS] if isinstance(entry, ChannelEntry) else ""
        standing = await self._service.add(entry, who=who_of(request).name, agent_id=answers)
        return _changed(standing, kind, entry)

    async def _edit(self, request: Request, kind: Kind) -> Changed:
        entry, beside = await entry_in(request, kind, self._region)
        who = who_of(request).name
        standing = await self._service.edit(entry, who=who, mark=beside[MARK])
        return _changed(standing, kind, entry)

    async def _switch(self, request: Request, kind: Kind) -> Changed:
        given = await shape_in(request, Switch)
        who = who_of(request).name
        standing = await self._service.switch(kind, given.id, on=given.on, who=who)
        return _changed(standing, kind, entry_of(standing, kind, given.id))

    async def _delete(self, request: Request, kind: Kind) -> Changed:
        """Delete it; a channel's mappings go with it."""
        given = await shape_in(request, Named)
        standing = await self._service.delete(kind, given.id, who=who_of(request).name)
        return Changed(version=standing.version, kind=kind, id=given.id, entry=None)

    async def make_primary(self, request: Request) -> Changed:
        """Make a mapping its channel's primary one, in place of the one that was."""
        given = await shape_in(request, Named)
        standing = await self._service.make_primary(given.id, who=who_of(request).name)
        return _changed(standing, "mapping", entry_of(standing, "mapping", given.id))

    async def import_(self, request: Request, dry_run: bool = False) -> Import:
        """Put a file in place of all that stands; or say what that would change."""
        text, who = await text_in(request), who_of(request).name
        done = await self._service.import_yaml(text, who=who, dry_run=dry_run)
        return Import(
            stored=done.stored,
            version=done.configuration.version,
            changes=done.changes,
            problems=done.problems,
        )

    async def message(self, request: Request) -> Answer:
        """A message as it would come in, answered here and not sent out."""
        return await self._routing.answered(await shape_in(request, Message))


def _changed(standing: Configuration, kind: Kind, entry: Entry | None) -> Changed:
    entry_id = id_of(entry) if entry is not None else ""
    found = entry_of(standing, kind, entry_id)
    return Changed(version=standing.version, kind=kind, id=entry_id, entry=found)


def _takes(model: Any) -> dict[str, Any]:
    schema = model.model_json_schema(by_alias=True)
    return {
        "required": True,
        "content": {"application/json": {"schema": _inlined(schema, schema.get("$defs", {}))}},
    }


def _inlined(schema: Any, defs: dict[str, Any]) -> Any:
    """A schema without references, which would point beside the description of the API."""
    if isinstance(schema, list):
        return [_inlined(it, defs) for it in schema]
    if not isinstance(schema, dict):
        return schema
    if "$ref" in schema:
        return _inlined(defs[str(schema["$ref"]).rpartition("/")[2]], defs)
    return {name: _inlined(it, defs) for name, it in schema.items() if name != "$defs"}


def _yaml() -> Asked:
    return {200: {"content": {YAML: {}}, "description": "The whole configuration."}}
