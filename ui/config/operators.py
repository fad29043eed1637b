"""Who may use these pages: for admins."""

from __future__ import annotations

import logging

from fastapi import APIRouter, Depends, Request, Response

from app.operators import LEAST_LETTERS, OperatorAccounts, named
from contracts.errors import BadInput, Conflict
from contracts.records.operators import Role
from ui.config.access import who_of
from ui.config.forms import typed_of
from ui.config.frame import Frame
from ui.pages.shell import to

log = logging.getLogger(__name__)

HOME = "/config/operators"
ROLES = (
    (Role.VIEWER, "Viewer: sees all"),
    (Role.OPERATOR, "Operator: changes numbers and agents"),
    (Role.ADMIN, "Admin: and operators"),
)
DONE = {
    "added": "{name} may sign in now.",
    "role": "{name} has another role now.",
    "on": "{name} is switched on.",
    "off": "{name} is switched off, and signed out.",
    "password": "{name} has a new password, and is signed out.",
    "dropped": "The token of {name} is good for nothing now.",
}
ONESELF = "Another admin has to do that: you can't shut yourself out."


class OperatorPages:
    def __init__(self, frame: Frame, accounts: OperatorAccounts) -> None:
        self._frame = frame
        self._accounts = accounts
        self.router = APIRouter(
            prefix=HOME, tags=["operators"], dependencies=[Depends(frame.access.may(Role.ADMIN))]
        )
        self.router.get("")(self.all)
        self.router.post("")(self.add)
        self.router.post("/{name}/role")(self.set_role)
        self.router.post("/{name}/switch")(self.switch)
        self.router.post("/{name}/password")(self.set_password)
        self.router.post("/{name}/token")(self.new_token)
        self.router.post("/{name}/token/{token_id}/drop")(self.drop_token)

    async def all(self, request: Request, done: str = "", of: str = "") -> Response:
        said = DONE[done].format(name=of[:80]) if done in DONE else ""
        return await self._page(request, said=said)

    async def add(self, request: Request) -> Response:
        form = await request.form()
        typed = typed_of(form)
        role = _role(typed.get("role", ""))
        try:
            if role is None:
                raise BadInput("Choose a role.")
            password = str(form.get("password", ""))  # as it is, with its spaces
            added = await self._accounts.add(typed.get("name", ""), role, password)
        except (BadInput, Conflict) as error:
            field = "password" if "password" in str(error) else "name"
            wrong = {"role" if role is None else field: _sentence(error)}
            return await self._page(request, 422, typed=typed, wrong=wrong)
        log.info("an operator was added")
        return _done("added", added.name)

    async def set_role(self, request: Request, name: str) -> Response:
        role = _role(typed_of(await request.form()).get("role", ""))
        if role is None:
            return await self._page(request, 422, refused="Choose a role.")
        if named(name) == who_of(request).name:
            return await self._page(request, 422, refused=ONESELF)
        try:
            await self._accounts.set_role(name, role)
        except BadInput as error:
            return await self._page(request, 404, refused=str(error))
        return _done("role", name)

    async def switch(self, request: Request, name: str) -> Response:
        on = typed_of(await request.form()).get("on") == "yes"
        if named(name) == who_of(request).name:
            return await self._page(request, 422, refused=ONESELF)
        try:
            await self._accounts.set_active(name, on)
        except BadInput as error:
            return await self._page(request, 404, refused=str(error))
        return _done("on" if on else "off", name)

    async def set_password(self, request: Request, name: str) -> Response:
        if named(name) == who_of(request).name:
            return to("/config/password")
        try:
            password = (await request.form()).get("password", "")
            await self._accounts.set_password(name, str(password))
        except BadInput as error:
            return await self._page(request, 422, refused=str(error))
        return _done("password", name)

    async def new_token(self, request: Request, name: str) -> Response:
        """The token is on this page alone: whoever loads it again has it no more."""
        label = typed_of(await request.form()).get("label", "")
        try:
            token = await self._accounts.new_token(name, label)
        except BadInput as error:
            return await self._page(request, 422, refused=str(error))
        log.info("a token was made")
        return await self._page(request, token=token, token_of=named(name))

    async def drop_token(self, request: Request, name: str, token_id: str) -> Response:
        try:
            await self._accounts.drop_token(name, token_id)
        except BadInput as error:
            return await self._page(request, 404, refused=str(error))
        return _done("dropped", name)

    async def _page(self, request: Request, status: int = 200, **values: object) -> Response:
        return self._frame.page(
            request,
            "operators.html",
            status,
            operators=await self._accounts.all(),
            roles=[(role.value, said) for role, said in ROLES],
            least=LEAST_LETTERS,
            **{"typed": {}, "wrong": {}, **values},
        )


def _role(name: str) -> Role | None:
    return next((role for role in Role if role == name), None)


def _done(what: str, name: str) -> Response:
    return to(f"{HOME}?done={what}&of={named(name)}")


def _sentence(error: Exception) -> str:
    said = str(error)
    return f"{said[:1].upper()}{said[1:].rstrip('.')}."
