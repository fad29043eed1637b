"""The payment processor's sandbox: what it decides, and that it decides once."""

from __future__ import annotations

import asyncio
from datetime import timedelta
from decimal import Decimal

import pytest

from contracts.clock import PinnedClock
from contracts.errors import BadInput, ProcessorUnavailable
from contracts.ports import Decision
from stores.mongo.connect import Database, connect
from stores.processor import LATE_BY, LIMIT, SandboxProcessor
from tests.conformance.mongo_server import free_port
from tests.conformance.records_data import NOW

pytest_plugins = ("tests.conformance.mongo_fixtures",)
pytestmark = pytest.mark.conformance

GOOD = "tok_visa_4242"
LATE = "tok_visa_0408"


class Waits:
    """Waits without waiting; how long it was asked to, and what happens meanwhile."""

    def __init__(self, clock: PinnedClock) -> None:
        self.clock = clock
        self.seconds: list[float] = []
        self.meanwhile = timedelta()

    async def __call__(self, seconds: float) -> None:
        self.seconds.append(seconds)
        self.clock.advance(self.meanwhile)


@pytest.fixture
def clock() -> PinnedClock:
    return PinnedClock(NOW)


@pytest.fixture
def waits(clock: PinnedClock) -> Waits:
    return Waits(clock)


@pytest.fixture
async def sandbox(records_database: Database, clock: PinnedClock, waits: Waits) -> SandboxProcessor:
    await records_database["sandbox_charges"].delete_many({})
    return SandboxProcessor(records_database, clock, wait=waits)


async def undecided(sandbox: SandboxProcessor) -> None:
    """Of a charge it has got, it never says that there is none."""
    with pytest.raises(ProcessorUnavailable):
        await sandbox.decision("k")


async def charge(
    sandbox: SandboxProcessor, token: str, amount: str = "50.00", key: str = "k"
) -> Decision:
    return await sandbox.charge(key=key, amount=Decimal(amount), token=token, at=NOW)


async def test_a_good_method_is_approved(sandbox: SandboxProcessor, waits: Waits) -> None:
    decision = await charge(sandbox, GOOD)
    assert decision.approved
    assert decision.reference
    assert await sandbox.decision("k") == decision
    assert await sandbox.decision("another") is None
    assert waits.seconds == []


@pytest.mark.parametrize(
    ("token", "amount", "why"),
    [
        ("tok_visa_0002", "50.00", "isn't enough money"),
        ("tok_bank_0069", "50.00", "has expired"),
        (GOOD, "10000.01", "over the limit"),
        (LATE, "10000.01", "over the limit"),
        ("", "50.00", "no longer valid"),
        ("4242424242424242", "50.00", "no longer valid"),
        ("tok_visa", "50.00", "no longer valid"),
    ],
)
async def test_a_decline_says_why(
    sandbox: SandboxProcessor, token: str, amount: str, why: str
) -> None:
    decision = await charge(sandbox, token, amount)
    assert not decision.approved
    assert why in decision.reason
    assert decision.reason.endswith(".")
    assert await sandbox.decision("k") == decision


async def test_the_limit_itself_goes_through(sandbox: SandboxProcessor) -> None:
    assert (await charge(sandbox, GOOD, str(LIMIT))).approved


async def test_a_key_is_charged_once(sandbox: SandboxProcessor, records_database: Database) -> None:
    decisions = await asyncio.gather(*(charge(sandbox, GOOD, str(n + 1)) for n in range(20)))
    assert decisions == [decisions[0]] * 20
    assert await charge(sandbox, "tok_visa_0002") == decisions[0]
    assert await records_database["sandbox_charges"].count_documents({}) == 1


async def test_a_late_answer_comes_late(
    sandbox: SandboxProcessor, clock: PinnedClock, waits: Waits
) -> None:
    with pytest.raises(ProcessorUnavailable):
        await charge(sandbox, LATE)
    assert waits.seconds == [2.0]
    await undecided(sandbox)
    clock.advance(LATE_BY - timedelta(seconds=1))
    await undecided(sandbox)
    clock.advance(timedelta(seconds=1))
    decision = await sandbox.decision("k")
    assert decision is not None
    assert decision.approved
    assert await charge(sandbox, LATE) == decision


async def test_an_answer_within_the_wait_is_taken(sandbox: SandboxProcessor, waits: Waits) -> None:
    waits.meanwhile = LATE_BY
    assert (await charge(sandbox, LATE)).approved


async def test_down_is_not_charged(sandbox: SandboxProcessor, records_database: Database) -> None:
    with pytest.raises(ProcessorUnavailable):
        await charge(sandbox, "tok_visa_0000")
    assert await sandbox.decision("k") is None
    assert await records_database["sandbox_charges"].count_documents({}) == 0


@pytest.mark.parametrize("amount", ["0", "-1.00"])
async def test_nothing_is_no_charge(sandbox: SandboxProcessor, amount: str) -> None:
    with pytest.raises(BadInput):
        await charge(sandbox, GOOD, amount)


@pytest.mark.usefixtures("usual_patience")
async def test_its_ledger_down_is_the_processor_down(clock: PinnedClock) -> None:
    client = connect(f"mongodb://127.0.0.1:{free_port()}")
    sandbox = SandboxProcessor(client["utility"], clock)
    with pytest.raises(ProcessorUnavailable):
        await charge(sandbox, GOOD)
    with pytest.raises(ProcessorUnavailable):
        await sandbox.decision("k")
    await client.close()
