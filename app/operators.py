"""The operators' accounts: who there is, their passwords and tokens; and the first one."""

from __future__ import annotations

import asyncio
import hashlib
import logging
import re
import secrets
from pathlib import Path

from contracts.clock import Clock
from contracts.errors import BadInput
from contracts.records.operators import ApiToken, Operator, Operators, Role
from contracts.settings import Settings
from stores.passwords import Passwords

log = logging.getLogger(__name__)

FIRST = "admin"
LEAST_LETTERS = 10  # of a password
MOST_LETTERS = 200
MOST_TOKENS = 20
TOKEN_PREFIX = "tl_"  # one that got about is known for what it is
_NAME = re.compile(r"[a-z0-9](?:[a-z0-9._@+-]{0,62}[a-z0-9])?")


class OperatorAccounts:
    """What is done with the accounts, by the pages and by the command. Bad input raises BadInput,
    which says what to do; Conflict is that of the records."""

    def __init__(self, operators: Operators, clock: Clock) -> None:
        self._operators = operators
        self._clock = clock
        self._passwords = Passwords()

    async def all(self) -> list[Operator]:
        return await self._operators.all()

    async def get(self, name: str) -> Operator | None:
        return await self._operators.get(named(name))

    async def add(self, name: str, role: Role, password: str) -> Operator:
        name = named(name)
        if not _NAME.fullmatch(name):
            raise BadInput(
                "A name has up to 64 letters, digits, dots, dashes or an @, such as jo.miller."
            )
        _check_password(password)
        operator = Operator(
            name=name,
            role=role,
            password=await self._passwords.hashed(password),
            created=self._clock.now(),
        )
        await self._operators.add(operator)
        return operator

    async def signed_in(self, name: str, password: str) -> Operator | None:
        """The operator of that name and password; None for a wrong one after as long a time."""
        operator = await self._operators.get(named(name))
        right = await self._passwords.matches(password, operator.password if operator else None)
        return operator if right and operator is not None and operator.active else None

    async def by_token(self, token: str) -> Operator | None:
        """Whose token it is; None if that one is switched off."""
        operator = await self._operators.by_token(_digest(token))
        return operator if operator is not None and operator.active else None

    async def set_password(self, name: str, password: str) -> Operator:
        _check_password(password)
        hashed = await self._passwords.hashed(password)
        return _there(await self._operators.set_password(named(name), hashed), name)

    async def set_role(self, name: str, role: Role) -> Operator:
        return _there(await self._operators.set_role(named(name), role), name)

    async def set_active(self, name: str, active: bool) -> Operator:
        return _there(await self._operators.set_active(named(name), active), name)

    async def new_token(self, name: str, label: str) -> str:
        """A token for a program to sign in with; it can't be had again."""
        operator = _there(await self._operators.get(named(name)), name)
        if not label.strip():
            raise BadInput("Say what the token is for, such as the name of the program.")
        if len(operator.tokens) >= MOST_TOKENS:
            raise BadInput(f"{MOST_TOKENS} tokens are the most: take one away first.")
        token = TOKEN_PREFIX + secrets.token_urlsafe(32)
        kept = ApiToken(
            token_id=secrets.token_hex(6),
            label=label.strip()[:80],
            digest=_digest(token),
            created=self._clock.now(),
        )
        await self._operators.add_token(operator.name, kept)
        return token

    async def drop_token(self, name: str, token_id: str) -> Operator:
        return _there(await self._operators.drop_token(named(name), token_id), name)


def named(name: str) -> str:
    """A name as it is kept."""
    return name.strip().lower()


async def first_admin(settings: Settings, accounts: OperatorAccounts) -> str:
    """In development, where there is nobody yet: somebody who may do everything. The password of
    that account as long as it is the one made here, else nothing."""
    if settings.environment != "development":
        return ""
    path = settings.data_dir / "admin.password"
    there = await accounts.all()
    if there:
        kept = await asyncio.to_thread(_kept, path)
        return kept if kept and await accounts.signed_in(FIRST, kept) else ""
    password = await asyncio.to_thread(_kept_or_made, path)
    await accounts.add(FIRST, Role.ADMIN, password)
    log.info("the first operator was made")
    return password


def _kept(path: Path) -> str:
    return path.read_text("ascii").strip() if path.exists() else ""


def _kept_or_made(path: Path) -> str:
    path.parent.mkdir(parents=True, exist_ok=True)
    if kept := _kept(path):
        return kept
    password = secrets.token_urlsafe(12)
    path.touch(mode=0o600)
    path.write_text(password, "ascii")
    return password


def _digest(token: str) -> str:
    return hashlib.sha256(token.encode()).hexdigest()


def _check_password(password: str) -> None:
    if not LEAST_LETTERS <= len(password) <= MOST_LETTERS:
        raise BadInput(f"A password has {LEAST_LETTERS} to {MOST_LETTERS} characters.")


def _there(operator: Operator | None, name: str) -> Operator:
    if operator is None:
        raise BadInput(f"There is no operator called {named(name)}.")
    return operator
