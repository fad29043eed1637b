"""Payment plans and disputes: one active plan an account, one open dispute a bill."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from pymongo.errors import DuplicateKeyError

from contracts.errors import BadInput, Conflict, RecordsUnavailable
from contracts.records import Dispute, PaymentPlan
from stores.mongo.connect import Collection, Database
from stores.mongo.documents import Document, milliseconds, readable_id, storable
from stores.mongo.ledger import ON_DISK, whole_cents
from stores.mongo.repository import Repository, newest, prompt

_ATTEMPTS = 5


class Agreements(Repository):
    def __init__(self, database: Database) -> None:
        super().__init__(database)
        self._plans = self.collection("plans").with_options(write_concern=ON_DISK)
        self._disputes = self.collection("disputes").with_options(write_concern=ON_DISK)

    @prompt
    async def open_plan(self, *, key: str, plan: PaymentPlan) -> PaymentPlan:
        """Keep a plan once a key. Raises Conflict while another one of the account is active,
        BadInput if its parts are no whole cents or don't add up.

        `plan.plan_id` may be empty: it is given here.
        """
        _check_parts(plan)
        for attempt in range(_ATTEMPTS):
            plan_id = plan.plan_id or readable_id("P", key, attempt)
            document = plan_document(plan.model_copy(update={"plan_id": plan_id}), key=key)
            active = {"account_number": plan.account_number, "status": "active"}
            if kept := await _kept(self._plans, document, active):
                return plan_of(kept)
        raise RecordsUnavailable("no plan id is free")

    @prompt
    async def plan(self, account_number: str) -> PaymentPlan | None:
        """The active plan."""
        active = {"account_number": account_number, "status": "active"}
        found = await self._plans.find_one(active)
        return plan_of(found) if found else None

    @prompt
    async def plans(self, account_number: str, limit: int) -> list[PaymentPlan]:
        """Newest first, kept and broken ones too."""
        found = await newest(self._plans, {"account_number": account_number}, "at", limit)
        return [plan_of(document) for document in found]

    @prompt
    async def open_dispute(self, *, key: str, dispute: Dispute) -> Dispute:
        """Keep a dispute once a key. Raises Conflict while one of the same bill is open, BadInput
        for an amount that is not positive whole cents.

        `dispute.dispute_id` may be empty: it is given here.
        """
        whole_cents(dispute.amount)
        for attempt in range(_ATTEMPTS):
            dispute_id = dispute.dispute_id or readable_id("D", key, attempt)
            made = dispute.model_copy(update={"dispute_id": dispute_id})
            same_bill = {
                "account_number": dispute.account_number,
                "bill_id": dispute.bill_id,
                "status": "open",
            }
            if kept := await _kept(self._disputes, dispute_document(made, key=key), same_bill):
                return dispute_of(kept)
        raise RecordsUnavailable("no dispute id is free")

    @prompt
    async def disputes(self, account_number: str, limit: int) -> list[Dispute]:
        """Newest first."""
        found = await newest(self._disputes, {"account_number": account_number}, "at", limit)
        return [dispute_of(document) for document in found]


async def _kept(where: Collection, document: Document, rival: dict[str, str]) -> Document | None:
    """What the key made: this document or its earlier one; None if its id belongs to another.

    Raises Conflict while `rival` finds one, or if the key is another account's.
    """
    try:
        await where.insert_one(document)
    except DuplicateKeyError:
        kept: Document | None = await where.find_one({"key": document["key"]})
        if kept is not None and kept["account_number"] == document["account_number"]:
            return kept
        if kept is not None or await where.find_one(rival, {"_id": 1}):
            raise Conflict("one is open already") from None
        return None
    return document


def plan_document(plan: PaymentPlan, *, key: str) -> Document:
    return _document(plan, "plan_id", key)


def plan_of(document: Mapping[str, Any]) -> PaymentPlan:
    return PaymentPlan.model_validate({**document, "plan_id": document["_id"]})


def dispute_document(dispute: Dispute, *, key: str) -> Document:
    return _document(dispute, "dispute_id", key)


def dispute_of(document: Mapping[str, Any]) -> Dispute:
    return Dispute.model_validate({**document, "dispute_id": document["_id"]})


def _document(record: PaymentPlan | Dispute, id_field: str, key: str) -> Document:
    fields: Document = storable(record.model_dump())
    return {"_id": fields.pop(id_field), **fields, "key": key, "at": milliseconds(record.at)}


def _check_parts(plan: PaymentPlan) -> None:
    parts = [plan.down_payment, *(installment.amount for installment in plan.installments)]
    for part in (plan.total, *parts[1:]):
        whole_cents(part)
    if plan.down_payment:
        whole_cents(plan.down_payment)
    if sum(parts, Decimal(0)) != plan.total:
        raise BadInput("Down payment and installments have to add up to the plan's total.")
