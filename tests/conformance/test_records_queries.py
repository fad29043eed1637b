"""Every query of the repositories goes by an index, and the indexes cost nothing once made."""

from __future__ import annotations

import time
from collections.abc import Awaitable, Callable
from decimal import Decimal
from typing import Any

import pytest

from contracts.messages import Channel, Turn
from contracts.records import Outage, OutboxMessage, Records
from stores.mongo.connect import Database, collection
from stores.mongo.documents import outage_document
from stores.mongo.indexes import ensure_indexes
from stores.mongo.outages import octagon
from tests.conformance.records_data import NOW, VISA, bill_of, household, issue, move_in

pytest_plugins = ("tests.conformance.mongo_fixtures",)
pytestmark = pytest.mark.conformance

HOMES = [household(story="a story" if n == 0 else "") for n in range(30)]
FIRST = HOMES[0]
ACCOUNT = FIRST.account.account_number
CUSTOMER = FIRST.customer.customer_id
HOT: dict[str, Callable[[Records], Awaitable[Any]]] = {
    "by contact": lambda r: r.customers.by_contact(Channel.VOICE, FIRST.phone),
    "by account": lambda r: r.customers.by_account(ACCOUNT),
    "demo": lambda r: r.customers.demo(),
    "bills": lambda r: r.billing.bills(ACCOUNT, 12),
    "balance": lambda r: r.billing.balance(ACCOUNT),
    "payments": lambda r: r.billing.payments(ACCOUNT, 12),
    "at premise": lambda r: r.outages.at_premise(FIRST.premise),
    "largest": lambda r: r.outages.largest(),
    "cases": lambda r: r.cases.of(CUSTOMER, 5),
    "transcript": lambda r: r.transcripts.recent(CUSTOMER, 5),
    "outbox": lambda r: r.outbox.recent(1),
}
BY_ID: dict[str, Callable[[Records], Awaitable[Any]]] = {
    "customer": lambda r: r.customers.get(CUSTOMER),
    "account": lambda r: r.accounts.get(ACCOUNT),
    "premise": lambda r: r.accounts.premise(FIRST.premise.premise_id),
    "outage": lambda r: r.outages.get(f"OUT-{CUSTOMER}"),
    "thread": lambda r: r.threads.load(CUSTOMER),
}


@pytest.fixture(scope="module")
async def town(records_database: Database) -> Database:
    """Thirty households, each with bills, payments, an outage, cases, turns and messages."""
    from stores.mongo.records import open_records

    records = open_records(records_database)
    await move_in(records_database, *HOMES)
    for home in HOMES:
        await live(
            records, records_database, home.customer.customer_id, home.account.account_number
        )
        await collection(records_database, "outages").insert_one(
            outage_document(
                Outage(
                    outage_id=f"OUT-{home.customer.customer_id}",
                    kind="electric",
                    status="confirmed",
                    cause="wind",
                    started=NOW,
                    customers_affected=int(home.customer.ssn_last4),
                    area=octagon(home.premise.longitude, home.premise.latitude),
                )
            )
        )
    return records_database


async def live(records: Records, database: Database, customer_id: str, account: str) -> None:
    await issue(database, *(bill_of(account, month, "100.00") for month in range(6, 12)))
    await records.billing.pay(
        key=f"pay {account}", account_number=account, amount=Decimal(50), method=VISA, at=NOW
    )
    await records.cases.open(
        key=f"case {customer_id}",
        kind="callback",
        customer_id=customer_id,
        channel=Channel.WEB,
        reason="r",
        priority="normal",
        summary="s",
        details={},
        at=NOW,
    )
    await records.transcripts.append(
        [
            Turn(
                inbound_key=f"{customer_id}:{n}",
                customer_id=customer_id,
                thread_id=customer_id,
                channel=Channel.WEB,
                number=n,
                at=NOW,
            )
            for n in range(1, 11)
        ]
    )
    await records.threads.save(customer_id, {"summary": customer_id})
    await records.outbox.add(
        OutboxMessage(
            key=customer_id,
            customer_id=customer_id,
            channel="sms",
            address="+15550101",
            text="t",
            purpose="p",
            at=NOW,
        )
    )


async def profiled(
    database: Database, records: Records, run: Callable[[Records], Awaitable[Any]]
) -> tuple[Any, list[dict[str, Any]]]:
    """What a call gives, and the server's own record of the operations it made."""
    await database.command("profile", 0)
    await database["system.profile"].drop()
    await database.command("profile", 2)
    try:
        result = await run(records)
    finally:
        await database.command("profile", 0)
    ran = {"op": {"$in": ["query", "command", "update"]}, "planSummary": {"$exists": True}}
    return result, await database["system.profile"].find(ran).to_list()


@pytest.mark.parametrize("name", HOT)
async def test_a_hot_query_goes_by_an_index(town: Database, records: Records, name: str) -> None:
    result, operations = await profiled(town, records, HOT[name])
    assert result, "the query must find something for its plan to count"
    assert operations
    for operation in operations:
        assert operation["planSummary"].startswith("IXSCAN"), operation["planSummary"]
        assert "hasSortStage" not in operation or name in {"at premise", "demo"}
        assert operation["docsExamined"] <= 12


@pytest.mark.parametrize("name", BY_ID)
async def test_the_rest_goes_by_id(town: Database, records: Records, name: str) -> None:
    result, operations = await profiled(town, records, BY_ID[name])
    assert result
    assert [operation["planSummary"] for operation in operations] == ["IDHACK"]


async def test_writes_find_their_documents_by_an_index(town: Database, records: Records) -> None:
    async def write(on: Records) -> str:
        await on.transcripts.adopt("anon-1", CUSTOMER)
        await on.transcripts.append(await on.transcripts.recent(CUSTOMER, 2))
        await on.outages.report(
            key="k1", premise=FIRST.premise, kind="gas", description="cold", at=NOW
        )
        return "done"

    _, operations = await profiled(town, records, write)
    assert len(operations) > 4
    assert not [o for o in operations if "COLLSCAN" in o["planSummary"]]


async def test_indexes_that_exist_cost_little(town: Database) -> None:
    before = {name: await town[name].index_information() for name in ("journal", "outages")}
    began = time.perf_counter()
    await ensure_indexes(town)
    assert time.perf_counter() - began < 1.0
    assert before == {name: await town[name].index_information() for name in ("journal", "outages")}
