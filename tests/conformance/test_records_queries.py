"""Every query of the repositories goes by an index, and the indexes cost nothing once made."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import pytest

from contracts.messages import Channel, Turn
from contracts.records import (
    AccountChange,
    Appointment,
    CallEvent,
    CallEventKind,
    CallRecord,
    Charge,
    Contact,
    Dispute,
    Enrolment,
    Fee,
    Outage,
    OutboxMessage,
    PaymentPlan,
    Records,
    ServiceOrder,
)
from contracts.sending import Status, StatusUpdate
from stores.mongo.connect import Database, collection
from stores.mongo.documents import outage_document, readable_id
from stores.mongo.indexes import ensure_indexes
from stores.mongo.journal import opening_entry
from stores.mongo.outage_areas import octagon
from stores.mongo.usage import pack
from tests.conformance.records_data import NOW, VISA, bill_of, household, issue, move_in

pytest_plugins = ("tests.conformance.mongo_fixtures",)
pytestmark = pytest.mark.conformance

HOMES = [household(story="a story" if n == 0 else "") for n in range(30)]
FIRST = HOMES[0]
ACCOUNT = FIRST.account.account_number
CUSTOMER = FIRST.customer.customer_id
ORDER = readable_id("S", f"order {CUSTOMER}")
APPOINTMENT = readable_id("A", f"visit {CUSTOMER}")
DAYS = [date(2026, 12, 1) + timedelta(days=n) for n in range(30)]
HOT: dict[str, Callable[[Records], Awaitable[Any]]] = {
    "by contact": lambda r: r.customers.by_contact(Channel.VOICE, FIRST.phone),
    "by email": lambda r: r.customers.by_email(FIRST.customer.contacts[-1].value),
    "by account": lambda r: r.customers.by_account(ACCOUNT),
    "demo": lambda r: r.customers.demo(),
    "balance": lambda r: r.billing.balance(ACCOUNT),
    "payments": lambda r: r.billing.payments(ACCOUNT, 12),
    "credits": lambda r: r.billing.credits(ACCOUNT, 12),
    "fees": lambda r: r.billing.fees(ACCOUNT, 12),
    "open charges": lambda r: r.billing.open_charges(5),
    "own open charges": lambda r: r.billing.open_charges(5, ACCOUNT),
    "plan": lambda r: r.billing.plan(ACCOUNT),
    "plans": lambda r: r.billing.plans(ACCOUNT, 5),
    "disputes": lambda r: r.billing.disputes(ACCOUNT, 5),
    "at premise": lambda r: r.outages.at_premise(FIRST.premise),
    "largest": lambda r: r.outages.largest(),
    "cases": lambda r: r.cases.of(CUSTOMER, 5),
    "calls": lambda r: r.calls.of(CUSTOMER, 5),
    "open calls": lambda r: r.calls.open(5),
    "call by connection": lambda r: r.calls.find(f"acs-{CUSTOMER}"),
    "transcript": lambda r: r.transcripts.recent(CUSTOMER, 5),
    "outbox": lambda r: r.outbox.recent(1),
    "messages": lambda r: r.outbox.of_keys([CUSTOMER, "another"]),
    "address": lambda r: r.accounts.find_premises(FIRST.premise.street, 5),
    "near": lambda r: r.accounts.near(FIRST.premise.longitude, FIRST.premise.latitude, 150.0),
    "weather": lambda r: r.usage.weather(date(2026, 11, 3), date(2026, 11, 5)),
    "meter reads": lambda r: r.usage.reads(f"meter {CUSTOMER}", 3),
    "orders": lambda r: r.orders.of(CUSTOMER, 5),
    "orders for a premise": lambda r: r.orders.awaited(f"home of {CUSTOMER}"),
    "appointments": lambda r: r.appointments.of(CUSTOMER, 5),
    "slots": lambda r: r.appointments.slots("repair", "Cedar Falls", DAYS[:2], {"8-10": 2}),
    "enrolments": lambda r: r.enrolments.of(ACCOUNT),
}
BY_INDEX = ("IXSCAN", "IDHACK", "GEO_NEAR_2DSPHERE")
BY_ID: dict[str, Callable[[Records], Awaitable[Any]]] = {
    "customer": lambda r: r.customers.get(CUSTOMER),
    "account": lambda r: r.accounts.get(ACCOUNT),
    "premise": lambda r: r.accounts.premise(FIRST.premise.premise_id),
    "bills": lambda r: r.billing.bills(ACCOUNT, 12),
    "payment": lambda r: r.billing.payment(f"pay {ACCOUNT}"),
    "outage": lambda r: r.outages.get(f"OUT-{CUSTOMER}"),
    "thread": lambda r: r.threads.load(CUSTOMER),
    "call": lambda r: r.calls.get(f"call-{CUSTOMER}"),
    "days": lambda r: r.usage.daily(f"meter {CUSTOMER}", date(2026, 11, 1), date(2026, 11, 3)),
    "peaks": lambda r: r.usage.peak(f"meter {CUSTOMER}", date(2026, 11, 1), date(2026, 11, 3)),
    "hours": lambda r: r.usage.hourly(f"meter {CUSTOMER}", NOW, NOW + timedelta(hours=2)),
    "order": lambda r: r.orders.get(ORDER),
    "appointment": lambda r: r.appointments.get(APPOINTMENT),
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
        await serve(
            records, records_database, home.customer.customer_id, home.account.account_number
        )
    await publish(records_database)
    return records_database


async def live(records: Records, database: Database, customer_id: str, account: str) -> None:
    await issue(database, *(bill_of(account, month, "100.00") for month in range(6, 12)))
    await collection(database, "journal").insert_one(a_past(account))
    await agree(records, customer_id, account)
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
    await records.calls.begin(
        CallRecord(
            call_id=f"call-{customer_id}",
            connection_id=f"acs-{customer_id}",
            customer_id=customer_id,
            thread_id=customer_id,
            direction="inbound",
            address="+15550101",
            began=NOW,
        )
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


def a_past(account: str) -> dict[str, Any]:
    fee = Fee(fee_id="f", account_number=account, kind="late fee", amount=Decimal(12), at=NOW)
    return opening_entry(account, NOW, billed=Decimal(100), fees=[fee])


async def agree(records: Records, customer_id: str, account: str) -> None:
    """A payment, a charge on its way, a credit, a plan and a dispute."""
    billing, amount = records.billing, Decimal(50)
    of_account: dict[str, Any] = {"account_number": account, "at": NOW}
    await billing.pay(key=f"pay {account}", amount=amount, method=VISA, **of_account)
    await billing.grant(
        key=f"credit {account}", kind="outage", amount=amount, memo="m", **of_account
    )
    await billing.begin_charge(
        Charge(
            key=f"charge {account}",
            customer_id=customer_id,
            amount=amount,
            method=VISA,
            status="sent",
            **of_account,
        )
    )
    plan = PaymentPlan(plan_id="", total=amount, down_payment=amount, installments=(), **of_account)
    await billing.open_plan(key=f"plan {account}", plan=plan)
    dispute = Dispute(dispute_id="", bill_id="B-1", amount=amount, reason="r", **of_account)
    await billing.open_dispute(key=f"dispute {account}", dispute=dispute)


async def serve(records: Records, database: Database, customer_id: str, account: str) -> None:
    """A meter with readings, an order, an appointment and an enrolment."""
    meter = f"meter {customer_id}"
    some = pack([100] * 20)
    await collection(database, "readings").insert_one(
        {
            "_id": meter,
            **{"zone": "America/Los_Angeles", "start": "2026-11-01", "daily": some, "peak": some},
            **{"hourly_start": NOW, "hourly": some},
        }
    )
    await renew(records, customer_id, account)


async def renew(records: Records, customer_id: str, account: str) -> None:
    await records.usage.submit(
        key=f"read {customer_id}",
        meter_id=f"meter {customer_id}",
        value=5,
        at=NOW,
        source="customer",
    )
    order = ServiceOrder(
        confirmation_number="",
        kind="start",
        customer_id=customer_id,
        account_number=account,
        premise_id=f"home of {customer_id}",
        on=DAYS[0],
        at=NOW,
    )
    await records.orders.open(key=f"order {customer_id}", order=order)
    visit = Appointment(
        confirmation_number="",
        service_type="repair",
        customer_id=customer_id,
        premise_id="p",
        area="Cedar Falls",
        on=DAYS[int(account) % len(DAYS)],
        window="8-10",
        at=NOW,
    )
    await records.appointments.book(key=f"visit {customer_id}", appointment=visit, capacity=9)
    await records.enrolments.enrol(
        key=f"enrolment {customer_id}",
        enrolment=Enrolment(
            enrolment_id="", account_number=account, programme="solar", since=DAYS[0]
        ),
    )


async def publish(database: Database) -> None:
    """A month's weather."""
    await collection(database, "weather").insert_many(
        [{"_id": f"2026-11-{n:02d}", "mean_f": n, "heating": n, "cooling": 0} for n in range(1, 31)]
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
        assert operation["planSummary"].startswith(BY_INDEX), operation["planSummary"]
        assert "hasSortStage" not in operation or name in {"at premise", "demo"}
        assert operation["docsExamined"] <= 12


@pytest.mark.parametrize("name", BY_ID)
async def test_the_rest_goes_by_id(town: Database, records: Records, name: str) -> None:
    result, operations = await profiled(town, records, BY_ID[name])
    assert result
    assert [operation["planSummary"] for operation in operations] == ["IDHACK"]


async def test_neighbours_are_found_by_id(town: Database, records: Records) -> None:
    home = {"city": "Elk", "home": {"kind": "house", "heating": "gas"}}
    meters = [{"meter_id": f"meter {CUSTOMER}", "kind": "electric"}]
    await collection(town, "premises").insert_one({"_id": "elk", **home, "meters": meters})
    await collection(town, "neighbours").insert_one(
        {"_id": "Elk|house|gas", "group": "g", "months": {"2026-10": [12, 1200, 90, 95]}}
    )
    found, operations = await profiled(
        town, records, lambda r: r.usage.neighbours("elk", date(2026, 10, 1))
    )
    assert found
    assert [operation["planSummary"] for operation in operations] == ["IDHACK"] * 3


def read_of(message_id: str) -> StatusUpdate:
    return StatusUpdate(message_id=message_id, channel=Channel.SMS, status=Status.READ, at=NOW)


async def test_writes_find_their_documents_by_an_index(town: Database, records: Records) -> None:
    async def write(on: Records) -> str:
        await agree(on, CUSTOMER, ACCOUNT)
        await on.billing.settle_charge(f"charge {ACCOUNT}", approved=True)
        await on.customers.set_contact(CUSTOMER, Contact(kind="email", value="new@example.com"))
        await on.customers.set_mailing_address(CUSTOMER, "PO Box 1")
        await on.accounts.change(ACCOUNT, AccountChange(autopay=True))
        await renew(on, CUSTOMER, ACCOUNT)  # the keys are known: what they made is looked up
        await on.transcripts.adopt("anon-1", CUSTOMER)
        await on.calls.adopt("anon-1", CUSTOMER)
        await on.calls.change(f"call-{CUSTOMER}", worker="w")
        ended = CallEvent(kind=CallEventKind.CALL_ENDED, at=NOW)
        await on.calls.note(f"call-{CUSTOMER}", ended, ended.model_copy(update={"detail": "d"}))
        await on.calls.end(f"call-{CUSTOMER}", "completed", NOW)
        await on.transcripts.append(await on.transcripts.recent(CUSTOMER, 2))
        await on.outages.report(
            key="k1", premise=FIRST.premise, kind="gas", description="cold", at=NOW
        )
        await on.outbox.sent(CUSTOMER, "m1")
        await on.outbox.noted(read_of("m1"))
        await on.outbox.noted(read_of("m2"))
        await on.opt_outs.stop(Channel.SMS, "+15550101", NOW)
        assert await on.opt_outs.stopped(Channel.SMS, "+15550101")
        assert await on.outbox.of_message("m1")
        await on.orders.move(ORDER, DAYS[2])
        await on.orders.cancel(ORDER)
        await on.appointments.rebook(APPOINTMENT, on=DAYS[3], window="2-4", capacity=2)
        await on.appointments.cancel(APPOINTMENT)
        return "done"

    _, operations = await profiled(town, records, write)
    assert len(operations) > 4
    assert not [o for o in operations if "COLLSCAN" in o["planSummary"]]


async def test_indexes_that_exist_are_left_as_they_are(town: Database) -> None:
    before = {name: await town[name].index_information() for name in ("journal", "outages")}
    await ensure_indexes(town)
    assert before == {name: await town[name].index_information() for name in ("journal", "outages")}
