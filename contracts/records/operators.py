"""Who may use the operators' pages and their REST: the accounts of the utility's own people."""

from __future__ import annotations

from enum import StrEnum
from typing import Protocol

from pydantic import AwareDatetime, Field

from contracts.records.base import Record


class Role(StrEnum):
    """What an operator may: each one whatever those before it may."""

    VIEWER = "viewer"  # sees all of it
    OPERATOR = "operator"  # changes agents, channels and mappings
    ADMIN = "admin"  # and who may do that

    def covers(self, needed: Role) -> bool:
        ranks = tuple(Role)
        return ranks.index(self) >= ranks.index(needed)


class ApiToken(Record):
    """What a program signs in with. `digest` is SHA-256 of it, in hex: the token itself is shown
    once, and kept nowhere."""

    token_id: str
    label: str
    digest: str
    created: AwareDatetime


class Operator(Record):
    """`name` is in lower case. `password` is a hash, as `stores.passwords` makes it. `epoch` grows
    with each new password: what was signed in before it no longer is."""

    name: str
    role: Role
    password: str = Field(repr=False)
    tokens: tuple[ApiToken, ...] = Field(default=(), repr=False)
    active: bool = True
    created: AwareDatetime
    epoch: int = 0


class Operators(Protocol):
    async def add(self, operator: Operator) -> None:
        """Raises Conflict where somebody has that name."""
        ...

    async def get(self, name: str) -> Operator | None: ...

    async def all(self) -> list[Operator]:
        """By name."""
        ...

    async def by_token(self, digest: str) -> Operator | None:
        """Whose token it is, switched off or not."""
        ...

    async def set_password(self, name: str, password: str) -> Operator | None:
        """A new hash, and the next epoch. This and those below: None if there is nobody."""
        ...

    async def set_role(self, name: str, role: Role) -> Operator | None: ...

    async def set_active(self, name: str, active: bool) -> Operator | None: ...

    async def add_token(self, name: str, token: ApiToken) -> Operator | None: ...

    async def drop_token(self, name: str, token_id: str) -> Operator | None:
        """The operator as it is then, whether or not the token was there."""
        ...
