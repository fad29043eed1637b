"""What every adapter of `contracts.records.Enrolments` holds."""

from __future__ import annotations

import asyncio
from datetime import date
from itertools import count

import pytest

from contracts.records import Enrolment, Enrolments
from tests.conformance.contenders import Contender

pytest_plugins = ("tests.conformance.mongo_fixtures",)
pytestmark = pytest.mark.conformance

REPOSITORY = "enrolments"
_numbers = count(5_100_000_000)


@pytest.fixture
def enrolments(contender: Contender) -> Enrolments:
    return contender.records.enrolments


def taking_part(account: str, programme: str = "demand response") -> Enrolment:
    return Enrolment(
        enrolment_id="",
        account_number=account,
        programme=programme,
        since=date(2026, 11, 20),
        details={"season": "2026", "credit": "40.00"},
    )


@pytest.fixture
def account() -> str:
    return str(next(_numbers))


async def test_once_a_programme_whatever_the_key(enrolments: Enrolments, account: str) -> None:
    wanted = taking_part(account)
    kept, new = await enrolments.enrol(key=f"{account}:a", enrolment=wanted)
    assert new
    assert kept.enrolment_id
    assert kept == wanted.model_copy(update={"enrolment_id": kept.enrolment_id})
    assert (await enrolments.enrol(key=f"{account}:a", enrolment=wanted))[0] == kept
    assert await enrolments.enrol(key=f"{account}:b", enrolment=wanted) == (kept, False)
    assert await enrolments.of(account) == [kept]


async def test_asked_for_at_once_it_is_one(enrolments: Enrolments, account: str) -> None:
    asked = (
        enrolments.enrol(key=f"{account}:{n}", enrolment=taking_part(account)) for n in range(8)
    )
    outcomes = await asyncio.gather(*asked)
    assert sum(new for _, new in outcomes) == 1
    assert len(await enrolments.of(account)) == 1


async def test_other_programmes_and_other_accounts_are_apart(
    enrolments: Enrolments, account: str
) -> None:
    await enrolments.enrol(key=f"{account}:a", enrolment=taking_part(account))
    await enrolments.enrol(key=f"{account}:b", enrolment=taking_part(account, "time of use"))
    assert {e.programme for e in await enrolments.of(account)} == {"demand response", "time of use"}
    assert await enrolments.of(str(next(_numbers))) == []
