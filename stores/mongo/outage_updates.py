"""How what is known of an outage changes, and who has to be told."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from pymongo.errors import DuplicateKeyError

from contracts.errors import RecordsUnavailable
from contracts.messages import Channel
from contracts.records import Confidence, Crew, Estimate, Outage, OutageStatus, Subscription
from stores.mongo.connect import Collection, Database
from stores.mongo.documents import Document, milliseconds, outage_of, storable
from stores.mongo.outage_clusters import ACTIVE, MERGED, ClusteredOutages
from stores.mongo.repository import prompt

HISTORY = 20  # estimates kept
_ATTEMPTS = 10
_CONFIRMED = tuple(status for status in ACTIVE if status != "reported")


@dataclass(frozen=True, slots=True)
class Change:
    """What is known now; what is None stays as it was."""

    at: datetime
    status: OutageStatus | None = None
    eta: datetime | None = None
    confidence: Confidence | None = None
    crew: Crew | None = None
    cause: str | None = None
    reason: str = ""


class FollowedOutages(ClusteredOutages):
    """The part of the outages that revisions and their subscribers make."""

    def __init__(self, database: Database) -> None:
        super().__init__(database)
        self._subscriptions = self.collection("outage_subscriptions")

    @prompt
    async def revise(
        self,
        outage_id: str,
        *,
        at: datetime,
        status: OutageStatus | None = None,
        eta: datetime | None = None,
        confidence: Confidence | None = None,
        crew: Crew | None = None,
        cause: str | None = None,
        reason: str = "",
    ) -> Outage:
        """Change what is known; what is not given stays. A change of status or estimate is a
        revision, a crew that moves is none. Raises LookupError without such an outage."""
        change = Change(at, status, eta, confidence, crew, cause, reason)
        for _ in range(_ATTEMPTS):
            found = await self._standing(outage_id)
            if found is None:
                raise LookupError("no such outage")
            if revised := await apply_change(self._outages, outage_of(found), change):
                return revised
        raise RecordsUnavailable("the outage is being revised by too many")

    @prompt
    async def subscribe(self, subscription: Subscription) -> bool:
        """Once a customer and outage (the channel last asked for holds); False if it was there."""
        standing = await self._standing(subscription.outage_id)
        outage_id = standing["_id"] if standing else subscription.outage_id
        document = storable(subscription.model_dump())
        document |= {"outage_id": outage_id, "at": milliseconds(subscription.at)}
        identity = {"_id": _id(outage_id, subscription.customer_id)}
        try:
            await self._subscriptions.insert_one(identity | document)
        except DuplicateKeyError:
            if not subscription.asked:
                return False
            names = ("channel", "address", "asked")
            where = {name: document[name] for name in names}
            await self._subscriptions.update_one(identity, {"$set": where})
            return False
        # A revision may have come, and been told to the others, since they were told of theirs.
        missed = {"_id": outage_id, "revisions": {"$gt": subscription.told}}
        await self._outages.update_one(missed, {"$set": {"unannounced": True}})
        return True

    @prompt
    async def unsubscribe(self, channel: Channel, address: str) -> int:
        """End what an address on a channel is told of; how many there were."""
        whose = {"channel": channel.value, "address": address}
        return (await self._subscriptions.delete_many(whose)).deleted_count

    @prompt
    async def to_enlist(self, limit: int) -> list[Outage]:
        """Those confirmed that who agreed to be told of outages does not follow yet."""
        known = {"status": {"$in": list(_CONFIRMED)}, "enlisted": {"$exists": False}}
        found = await self._outages.find(known, limit=limit).to_list()
        return [outage_of(document) for document in found]

    @prompt
    async def enlisted(self, outage_id: str) -> None:
        flags = {"enlisted": True, "unannounced": True}
        await self._outages.update_one({"_id": outage_id}, {"$set": flags})

    @prompt
    async def untold(self, limit: int, *, asked: bool = False) -> list[tuple[Subscription, Outage]]:
        """Subscriptions whose outage has a revision that they were not told of."""
        pairs: list[tuple[Subscription, Outage]] = []
        async for found in self._outages.find({"unannounced": True, "status": {"$ne": MERGED}}):
            outage = outage_of(found)
            waiting = await self._waiting(outage, limit - len(pairs), asked=asked)
            pairs += [(subscription, outage) for subscription in waiting]
            if len(pairs) >= limit:
                break
            if not waiting and not (asked and await self._waiting(outage, 1, asked=False)):
                # unless it was revised just now
                known = {"_id": outage.outage_id, "revisions": outage.revisions}
                await self._outages.update_one(known, {"$unset": {"unannounced": ""}})
        return pairs

    @prompt
    async def told(self, subscription: Subscription, revision: int) -> None:
        await self._subscriptions.update_one(
            {"_id": _id(subscription.outage_id, subscription.customer_id)},
            {"$max": {"told": revision}},
        )

    async def _waiting(self, outage: Outage, limit: int, *, asked: bool) -> list[Subscription]:
        family = {"$in": await self._family(outage.outage_id)}
        query: Document = {"outage_id": family, "told": {"$lt": outage.revisions}}
        if asked:
            query["asked"] = {"$ne": False}
        found = await self._subscriptions.find(query).limit(limit).to_list()
        return [Subscription.model_validate(document) for document in found]


async def apply_change(outages: Collection, known: Outage, change: Change) -> Outage | None:
    """The outage after a change to what is known of it; None if it is not as known any more.

    Whoever finds that nothing would change writes nothing.
    """
    update = _update(known, change)
    if not update:
        return known
    as_known = {"_id": known.outage_id, "revisions": known.revisions, "status": known.status}
    after = await outages.find_one_and_update(as_known, update, return_document=True)
    return outage_of(after) if after else None


def _update(known: Outage, change: Change) -> Document:
    status = change.status or known.status
    eta = milliseconds(change.eta) if change.eta else known.eta
    confidence = change.confidence or known.eta_confidence
    estimated = (eta, confidence) != (known.eta, known.eta_confidence)
    fields: dict[str, Any] = {
        "status": status,
        "eta": eta,
        "eta_confidence": confidence,
        "crew": change.crew or known.crew,
        "cause": change.cause or known.cause,
        "restored": _restored(known, status, change.at),
    }
    changed = {name: value for name, value in fields.items() if value != getattr(known, name)}
    if not changed:
        return {}
    if isinstance(crew := changed.get("crew"), Crew):
        changed["crew"] = storable(crew.model_dump())
    update: Document = {"$set": changed}
    if estimated or "status" in changed:
        update["$inc"] = {"revisions": 1}
        changed["unannounced"] = True
    if estimated:
        given = Estimate(
            at=milliseconds(change.at),
            eta=eta,
            confidence=confidence,
            reason=change.reason,
            revision=known.revisions + 1,
        )
        history = [e.model_dump() for e in (*_begun(known), given)]
        update["$push"] = {"history": {"$each": history, "$slice": -HISTORY}}
    return update


def _begun(known: Outage) -> tuple[Estimate, ...]:
    """The estimate that an outage came with, where no history was kept of it."""
    if known.history or known.eta is None:
        return ()
    first = Estimate(
        at=known.started, eta=known.eta, confidence=known.eta_confidence, revision=known.revisions
    )
    return (first,)


def _restored(known: Outage, status: OutageStatus, at: datetime) -> datetime | None:
    if status != "restored":
        return None
    return known.restored or milliseconds(at)


def _id(outage_id: str, customer_id: str) -> str:
    return f"{outage_id}:{customer_id}"
