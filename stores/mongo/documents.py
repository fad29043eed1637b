"""Records as documents, and back.

A record's own id is the document's `_id`. Dates are ISO strings, times are BSON dates (which
keep milliseconds), money is Decimal128 by the codec of `stores.mongo.connect`, tuples are arrays.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from datetime import date, datetime
from enum import Enum
from typing import Any

from pydantic import BaseModel

from contracts.messages import Turn
from contracts.records import (
    Account,
    Attachment,
    CallRecord,
    Case,
    Customer,
    Outage,
    OutboxMessage,
    PlannedOutage,
    Premise,
    Rating,
)
from stores.mongo.addresses import address_key

Document = dict[str, Any]

_ALPHABET = "23456789ABCDEFGHJKLMNPQRSTUVWXYZ"  # no 0, 1, I, O: read aloud, none is another
_LARGEST_INT = 2**63


# --- customers, accounts, premises ------------------------------------------------------------


def customer_document(customer: Customer) -> Document:
    return _document(customer, "customer_id")


def customer_of(document: Mapping[str, Any]) -> Customer:
    return Customer.model_validate({**document, "customer_id": document["_id"]})


def account_document(account: Account) -> Document:
    return _document(account, "account_number")


def account_of(document: Mapping[str, Any]) -> Account:
    return Account.model_validate({**document, "account_number": document["_id"]})


def premise_document(premise: Premise) -> Document:
    document = _document(premise, "premise_id")
    document["location"] = point(document.pop("longitude"), document.pop("latitude"))
    document["address_key"] = address_key(premise.street, premise.zip)
    return document


def premise_of(document: Mapping[str, Any]) -> Premise:
    longitude, latitude = document["location"]["coordinates"]
    return Premise.model_validate(
        {
            **document,
            "premise_id": document["_id"],
            "longitude": longitude,
            "latitude": latitude,
        }
    )


def point(longitude: float, latitude: float) -> Document:
    """A place as GeoJSON."""
    return {"type": "Point", "coordinates": [longitude, latitude]}


# --- outages, cases, messages -----------------------------------------------------------------


def outage_document(outage: Outage) -> Document:
    return _document(outage, "outage_id")


def outage_of(document: Mapping[str, Any]) -> Outage:
    return Outage.model_validate({**document, "outage_id": document["_id"]})


def planned_document(planned: PlannedOutage) -> Document:
    return _document(planned, "outage_id")


def planned_of(document: Mapping[str, Any]) -> PlannedOutage:
    return PlannedOutage.model_validate({**document, "outage_id": document["_id"]})


def case_document(case: Case, key: str) -> Document:
    return {**_document(case, "case_id"), "key": key}


def case_of(document: Mapping[str, Any]) -> Case:
    return Case.model_validate({**document, "case_id": document["_id"]})


def outbox_document(message: OutboxMessage) -> Document:
    """The `_id` is the driver's: it orders messages of one moment."""
    return _document(message)


def outbox_message_of(document: Mapping[str, Any]) -> OutboxMessage:
    return OutboxMessage.model_validate(document)


def call_document(call: CallRecord) -> Document:
    """`open` as long as it has not ended."""
    return {**_document(call, "call_id"), **({} if call.ended else {"open": True})}


def call_of(document: Mapping[str, Any]) -> CallRecord:
    return CallRecord.model_validate({**document, "call_id": document["_id"]})


def rating_document(rating: Rating) -> Document:
    return _document(rating, "key")


def rating_of(document: Mapping[str, Any]) -> Rating:
    return Rating.model_validate({**document, "key": document["_id"]})


def attachment_document(attachment: Attachment) -> Document:
    return _document(attachment, "attachment_id")


def attachment_of(document: Mapping[str, Any]) -> Attachment:
    return Attachment.model_validate({**document, "attachment_id": document["_id"]})


def turn_document(turn: Turn) -> Document:
    document: Document = storable(turn.model_dump(mode="json"))
    return {**document, "at": milliseconds(turn.at)}


def turn_of(document: Mapping[str, Any]) -> Turn:
    return Turn.model_validate({k: v for k, v in document.items() if k in Turn.model_fields})


# --- parts ------------------------------------------------------------------------------------


def receipt_number(key: str) -> str:
    """What a customer can read out: "R-7K3M-92QX"."""
    letters = _letters(key, 8)
    return f"R-{letters[:4]}-{letters[4:]}"


def short_id(prefix: str, key: str) -> str:
    """An id for what a key makes, for systems rather than people: "pay_0a1b..."."""
    return f"{prefix}_{_digest(key).hex()[:20]}"


def readable_id(prefix: str, key: str, attempt: int = 0) -> str:
    """A short id for what a key makes: "C-4F7K2M". Another `attempt` gives another one."""
    return f"{prefix}-{_letters(f'{key}#{attempt}' if attempt else key, 6)}"


def milliseconds(at: datetime) -> datetime:
    """A time as a BSON date keeps it."""
    return at.replace(microsecond=at.microsecond // 1000 * 1000)


def storable(value: Any) -> Any:
    """A value as BSON can hold it.

    A model may have written an argument of thirty digits, or a NUL into a key: neither may stop
    the archive.
    """
    match value:
        case Enum():
            return value.value
        case date() if not isinstance(value, datetime):
            return value.isoformat()
        case int() if not -_LARGEST_INT <= value < _LARGEST_INT:
            return str(value)
        case Mapping():
            return {str(k).replace("\0", "\ufffd"): storable(v) for k, v in value.items()}
        case list() | tuple():
            return [storable(item) for item in value]
    return value


def _document(record: BaseModel, id_field: str | None = None) -> Document:
    document: Document = storable(record.model_dump())
    return {"_id": document.pop(id_field), **document} if id_field else document


def _letters(key: str, count: int) -> str:
    return "".join(_ALPHABET[byte % len(_ALPHABET)] for byte in _digest(key)[:count])


def _digest(key: str) -> bytes:
    return hashlib.sha256(key.encode()).digest()
