"""Faults built into the product on purpose: a suite that can't fail proves nothing."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def sabotaged(name: str) -> Iterator[None]:
    """The product with one fault, while this lasts; without a name, as it is."""
    yield
