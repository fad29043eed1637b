"""What only we can write: links with a signed id, and keyed hashes."""

from __future__ import annotations

import hashlib
import hmac
import secrets

from itsdangerous import BadSignature, Signer

from contracts.errors import LinkRefused


class SignedIds:
    """Links of one kind. Each ends in a random id, signed; what it stands for stays in a store.

    kind: keeps a link of one kind from being taken for one of another. start: the address that
    the signed id is put behind.
    """

    def __init__(self, kind: str, secret: bytes, start: str) -> None:
        self._signer = Signer(secret, salt=kind, digest_method=hashlib.sha256)
        self._start = start

    def new(self) -> str:
        """An id that is not to be guessed."""
        return secrets.token_urlsafe(16)

    def url(self, link_id: str) -> str:
        """The full URL."""
        return f"{self._start}/{self._signer.sign(link_id).decode()}"

    def read(self, token: str) -> str:
        """The id in the last part of a URL. Raises LinkRefused (forged)."""
        try:
            return self._signer.unsign(token).decode()
        except (BadSignature, UnicodeError) as error:
            raise LinkRefused("forged") from error


def page_at(base_url: str, path: str) -> str:
    """Where a path of our site is. base_url: with or without a slash at its end."""
    return f"{base_url.rstrip('/')}/{path}"


def keyed_hash(secret: bytes, purpose: str, text: str) -> bytes:
    """32 bytes, which nobody can make or guess without the secret."""
    return hmac.new(secret, f"{purpose}:{text}".encode(), hashlib.sha256).digest()
