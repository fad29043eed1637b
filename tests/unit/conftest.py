"""The generated utility, made once for the tests that look at it."""

from __future__ import annotations

import pytest

from stores.seed.demo import DEMO
from tests.households import COUNT, NOW, Household, Made, households_of, made


@pytest.fixture(scope="session")
def generated() -> Made:
    return made(NOW, COUNT)


@pytest.fixture(scope="session")
def households(generated: Made) -> list[Household]:
    return list(households_of(generated))


@pytest.fixture(scope="session")
def demo(households: list[Household]) -> dict[str, Household]:
    return {h.customer.first_name: h for h in households[: len(DEMO)]}
