"""Many documents of one shape, made at once: an example is encoded, and its figures are stamped
over with each document's own.

A bill's document has hundreds of small figures. Encoding them one by one would take longer than
all the rest of the seed; writing them into a copy of the example is a single array operation.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

import bson
import numpy as np
from bson.decimal128 import Decimal128
from bson.raw_bson import RawBSONDocument
from numpy.typing import NDArray

Bytes = NDArray[np.uint8]

_CENTS = 6174 << 49  # the upper half of a Decimal128 with two places
_SIGN = -(1 << 63)
_FIRST_INT = 0x5EED0000
_FIRST_TIME = datetime(2525, 1, 1, tzinfo=UTC)
_FIRST_DECIMAL = 525_252_000_000


class Marks:
    """Values for an example that its own text can't hold by accident. In the order in which they
    are handed out, rows of `Stamp.documents` hold what replaces them."""

    def __init__(self) -> None:
        self.patterns: list[bytes] = []

    def text(self, width: int) -> str:
        """Text of so many ASCII characters."""
        mark = f"\x01{len(self.patterns):x}".ljust(width, "\x02")
        if len(mark) > width:
            raise ValueError("too narrow to be told from other marks")
        self.patterns.append(mark.encode())
        return mark

    def integer(self) -> int:
        """32 bits."""
        mark = _FIRST_INT + len(self.patterns)
        self.patterns.append(mark.to_bytes(4, "little"))
        return mark

    def time(self) -> datetime:
        mark = _FIRST_TIME + timedelta(milliseconds=len(self.patterns))
        ms = round(mark.timestamp() * 1000)
        self.patterns.append(ms.to_bytes(8, "little"))
        return mark

    def money(self) -> Decimal128:
        mark = Decimal128(f"{(_FIRST_DECIMAL + len(self.patterns)) / 100:.2f}")
        self.patterns.append(mark.bid)
        return mark


class Stamp:
    """Documents like an example, which holds marks. Raises ValueError if a mark is not in it."""

    def __init__(self, example: Mapping[str, Any], marks: Marks) -> None:
        encoded = bson.encode(example)
        places = list(_places(encoded, marks.patterns))
        self._example = np.frombuffer(encoded, np.uint8)
        self._columns = np.concatenate(
            [np.arange(at, at + len(p)) for at, p in zip(places, marks.patterns, strict=True)]
        )

    def documents(self, *columns: Bytes) -> list[RawBSONDocument]:
        """One a row. Side by side, the columns are the marks' new values, in their order."""
        values = np.concatenate([c.reshape(len(c), -1) for c in columns], axis=1)
        if values.shape[1] != len(self._columns):
            raise ValueError("the columns don't fit the marks")
        made = np.repeat(self._example[None], len(values), axis=0)
        made[:, self._columns] = values
        raw, size = made.tobytes(), made.shape[1]
        return [RawBSONDocument(raw[n : n + size]) for n in range(0, len(raw), size)]


def texts(values: NDArray[np.bytes_]) -> Bytes:
    """Texts that are all as long as the array's type."""
    return _bytes(values)


def integers(values: NDArray[np.int64]) -> Bytes:
    return _bytes(values.astype("<i4"))


def times(ms: NDArray[np.int64]) -> Bytes:
    """Milliseconds since 1970."""
    return _bytes(ms.astype("<i8"))


def money(cents: NDArray[np.int64]) -> Bytes:
    """As Decimal128 with two places."""
    upper = np.where(cents < 0, _CENTS + _SIGN, _CENTS)
    return _bytes(np.stack([np.abs(cents), upper], axis=-1).astype("<i8"))


def _bytes(values: NDArray[Any]) -> Bytes:
    plain = np.ascontiguousarray(values)
    return plain.view(np.uint8).reshape(len(plain), -1)


def _places(encoded: bytes, patterns: Iterable[bytes]) -> Iterator[int]:
    """Where the patterns are. Most follow the one before of their length."""
    last: dict[int, int] = {}
    for pattern in patterns:
        size = len(pattern)
        at = encoded.find(pattern, last.get(size, 0))
        at = encoded.find(pattern) if at < 0 else at
        if at < 0:
            raise ValueError("a mark is not in the example")
        last[size] = at
        yield at
