"""Bodies of the operators' REST: JSON, or a form, as what they stand for."""

from __future__ import annotations

import json
from typing import Any, TypeVar

from fastapi import Request
from pydantic import BaseModel, ValidationError

from channels.numbers.entries import MODELS, Entry
from channels.numbers.problem import Problem, Refused
from channels.numbers.sheet import MAX_SHEET, reasons
from contracts.errors import BadInput
from contracts.records import Mapping, Rule
from contracts.records.numbers import Kind
from ui.config.forms import filled, typed_of

AModel = TypeVar("AModel", bound=BaseModel)
MAX_BODY = 64_000  # bytes
_FORMS = ("application/x-www-form-urlencoded", "multipart/form-data")
ANSWERS = "answers"  # a channel's field beside its own: the agent to which it is mapped at once
MARK = "mark"  # of the entry that is edited


async def entry_in(request: Request, kind: Kind, region: str) -> tuple[Entry, dict[str, str]]:
    """The entry that was sent, and what was sent beside it. Raises Refused."""
    if _is_form(request):
        typed = typed_of(await request.form())
        given = filled(kind, typed, region=region)
        if given.entry is None:
            raise Refused(tuple(_problem(kind, "", *it) for it in given.wrong.items()))
        entry = given.entry
        if not isinstance(entry, Mapping) and "active" in typed:
            entry = entry.model_copy(update={"active": typed["active"] in ("yes", "true", "on")})
        return entry, {name: typed.get(name, "") for name in (ANSWERS, MARK)}
    body = await _json(request)
    beside = {name: str(body.pop(name, "")) for name in (ANSWERS, MARK)}
    return _entry(kind, body), beside


async def shape_in(request: Request, shape: type[AModel]) -> AModel:
    """What was sent, as `shape`. Raises BadInput."""
    given: dict[str, Any]
    if _is_form(request):
        given = dict((await request.form()).items())
        given.pop("csrf", None)
    else:
        given = await _json(request)
    try:
        return shape.model_validate(given)
    except ValidationError as error:
        field, why = reasons(error)[0]
        raise BadInput(f"{field}: {why}") from error


async def text_in(request: Request) -> str:
    """The whole body as text. Raises BadInput."""
    body = await _body(request, 4 * MAX_SHEET)
    try:
        return body.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise BadInput("send the file as text in UTF-8") from error


def _entry(kind: Kind, body: dict[str, Any]) -> Entry:
    model = MODELS[kind]
    unknown = [name for name in body if name not in model.model_fields]
    if isinstance(body.get("rule"), dict):
        unknown += [f"rule.{name}" for name in body["rule"] if name not in Rule.model_fields]
    if unknown:
        wrong = (_problem(kind, "", name[:80], "is no field of it") for name in unknown[:20])
        raise Refused(tuple(wrong))
    try:
        return model.model_validate(body)
    except ValidationError as error:
        found = tuple(_problem(kind, "", *it) for it in reasons(error))
        raise Refused(found) from error


def _problem(kind: Kind, entry_id: str, field: str, why: str) -> Problem:
    plain = "".join(c for c in field if c.isprintable())
    return Problem(kind=kind, id=entry_id, field=plain, message=f"{plain}: {why.rstrip('.')}.")


def _is_form(request: Request) -> bool:
    return request.headers.get("content-type", "").startswith(_FORMS)


async def _json(request: Request) -> dict[str, Any]:
    try:
        body = json.loads(await _body(request, MAX_BODY))
    except (ValueError, RecursionError) as error:
        raise BadInput("send JSON, or a form") from error
    if not isinstance(body, dict):
        raise BadInput("send a JSON object")
    return body


async def _body(request: Request, most: int) -> bytes:
    body = bytearray()
    async for piece in request.stream():
        body += piece
        if len(body) > most:
            raise BadInput(f"that is too large: {most} bytes at most")
    return bytes(body)
