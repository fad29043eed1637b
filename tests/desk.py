"""Operators at /config/, as a browser is one of them."""

from __future__ import annotations

import html
import re
from dataclasses import dataclass

import httpx

from contracts.records import Role
from tests.pages import press

PASSWORDS = {
    Role.VIEWER: "viewer sees all of it",
    Role.OPERATOR: "operator changes things",
    Role.ADMIN: "admin lets others in",
}
CSRF = re.compile(r'name="csrf" value="([^"]+)"')
MARK = re.compile(r'name="mark" value="([^"]*)"')


@dataclass(frozen=True)
class Desk:
    """A browser that is signed in."""

    client: httpx.AsyncClient
    csrf: str

    async def get(self, path: str, **params: str) -> str:
        """What a page says, its entities read."""
        answer = await self.client.get(path, params=params or None)
        assert answer.status_code == 200, (answer.status_code, answer.text)
        return html.unescape(answer.text)

    async def post(self, path: str, **fields: str | list[str]) -> httpx.Response:
        return await self.client.post(path, data={"csrf": self.csrf, **fields})

    async def mark(self, path: str) -> str:
        """Of the entry whose form it is."""
        found = MARK.search((await self.client.get(path)).text)
        assert found is not None
        return found.group(1)


async def sign_in(
    client: httpx.AsyncClient, role: Role, *, name: str = "", password: str = ""
) -> Desk:
    """As the operator of that role, or as another one."""
    answer = await press(
        client,
        "/config/signin",
        "/config/signin",
        name=name or role.value,
        password=password or PASSWORDS[role],
    )
    assert answer.status_code == 303, answer.text
    found = CSRF.search((await client.get("/config/")).text)
    assert found is not None
    return Desk(client, found.group(1))


def said(answer: httpx.Response) -> str:
    return html.unescape(answer.text)
