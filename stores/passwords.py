"""Passwords as they are kept: scrypt with a salt of its own for each, and its cost beside it."""

from __future__ import annotations

import asyncio
import base64
import hashlib
import hmac
import secrets
from dataclasses import dataclass

N, R, P = 2**15, 8, 3  # 32 MB, and a fifth of a second or so
_MEMORY = 128 * 1024 * 1024
_SALT = 16


@dataclass(frozen=True, slots=True)
class _Kept:
    n: int
    r: int
    p: int
    salt: bytes
    digest: bytes


class Passwords:
    """Makes hashes and compares with them, two at a time, beside the event loop."""

    def __init__(self) -> None:
        self._turns = asyncio.Semaphore(2)
        # Whoever is nobody is compared with this, and that takes as long.
        self._nobodys = _written(_Kept(N, R, P, bytes(_SALT), bytes(64)))

    async def hashed(self, password: str) -> str:
        salt = secrets.token_bytes(_SALT)
        async with self._turns:
            digest = await asyncio.to_thread(_scrypt, password, N, R, P, salt)
        return _written(_Kept(N, R, P, salt, digest))

    async def matches(self, password: str, kept: str | None) -> bool:
        """Whether it is the password of that hash; without a hash never, after as long."""
        known = _read(kept or self._nobodys)
        async with self._turns:
            digest = await asyncio.to_thread(
                _scrypt, password, known.n, known.r, known.p, known.salt
            )
        return hmac.compare_digest(digest, known.digest) and kept is not None


def _scrypt(password: str, n: int, r: int, p: int, salt: bytes) -> bytes:
    return hashlib.scrypt(password.encode(), salt=salt, n=n, r=r, p=p, maxmem=_MEMORY)


def _written(kept: _Kept) -> str:
    """ "scrypt$32768$8$3$SALT$DIGEST"."""
    parts = (base64.b64encode(it).decode() for it in (kept.salt, kept.digest))
    return "$".join(("scrypt", str(kept.n), str(kept.r), str(kept.p), *parts))


def _read(written: str) -> _Kept:
    _, n, r, p, salt, digest = written.split("$")
    return _Kept(int(n), int(r), int(p), base64.b64decode(salt), base64.b64decode(digest))
