"""Appointments, and the places that they take in technicians' windows.

A window has as many places as technicians. An appointment's document holds its place, and a
place is unique: taking, moving and giving up are each one write to one document, so a crash
leaves no place behind that nobody holds.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from datetime import date
from typing import Any

from pymongo import ReturnDocument
from pymongo.errors import DuplicateKeyError

from contracts.errors import Conflict, RecordsUnavailable
from contracts.records import Appointment, Slot
from stores.mongo.connect import Database
from stores.mongo.documents import Document, milliseconds, readable_id, storable
from stores.mongo.repository import Repository, newest, prompt

_ATTEMPTS = 10  # beyond one for each place of the window
_END = "}"  # sorts after the "|" that parts a place's words


class MongoAppointments(Repository):
    def __init__(self, database: Database) -> None:
        super().__init__(database)
        self._appointments = self.collection("appointments")

    @prompt
    async def slots(
        self, service_type: str, area: str, days: list[date], windows: dict[str, int]
    ) -> list[Slot]:
        """What is free: windows map to how many technicians there are. By day, then in the order
        of the windows given; full ones left out."""
        if not days:
            return []
        of_type = _calendar(service_type, area)
        places = await self._taken(f"{of_type}|{min(days)}", f"{of_type}|{max(days)}{_END}")
        taken = Counter(place.rpartition("|")[0] for place in places)
        return [
            Slot(service_type=service_type, area=area, on=on, window=window, free=free)
            for on in sorted(set(days))
            for window, technicians in windows.items()
            if (free := technicians - taken[f"{of_type}|{on}|{window}"]) > 0
        ]

    @prompt
    async def book(
        self, *, key: str, appointment: Appointment, capacity: int
    ) -> Appointment | None:
        """Take a place in a window, once a key; None if it is full.

        Without a confirmation number one is given ("A-4F7K2M"). Raises Conflict if the given one
        has an appointment of another key, ValueError for a key that booked for another customer.
        """
        for attempt in range(capacity + _ATTEMPTS):
            if kept := await self._kept(key, appointment):
                return kept
            number = await self._free(_window(appointment), capacity)
            if number is None:  # full; perhaps by this key's other call
                return await self._kept(key, appointment)
            named = appointment.confirmation_number or readable_id("A", key, attempt)
            made = appointment.model_copy(update={"confirmation_number": named})
            document = appointment_document(made, key=key, number=number)
            if await self._inserted(document):
                return appointment_of(document)
        raise RecordsUnavailable("too many book this window at once")

    @prompt
    async def get(self, confirmation_number: str) -> Appointment | None:
        found = await self._appointments.find_one({"_id": confirmation_number})
        return appointment_of(found) if found else None

    @prompt
    async def of(self, customer_id: str, limit: int) -> list[Appointment]:
        """Newest first."""
        found = await newest(self._appointments, {"customer_id": customer_id}, "at", limit)
        return [appointment_of(document) for document in found]

    @prompt
    async def on(self, day: date, *, after: str, limit: int) -> list[Appointment]:
        """Those booked for a day, by confirmation number, from the one behind `after` on."""
        query = {"on": day.isoformat(), "status": "booked", "_id": {"$gt": after}}
        found = await self._appointments.find(query, sort={"_id": 1}, limit=limit).to_list()
        return [appointment_of(document) for document in found]

    @prompt
    async def rebook(
        self, confirmation_number: str, *, on: date, window: str, capacity: int
    ) -> Appointment | None:
        """Move to another window; None if it is full, and the old place is kept.

        One write takes the new place and gives up the old one. Raises LookupError without such
        an appointment, Conflict if it is cancelled.
        """
        for _ in range(capacity + _ATTEMPTS):
            found = await self._appointments.find_one({"_id": confirmation_number})
            if found is None:
                raise LookupError("there is no such appointment")
            if found["status"] == "cancelled":
                raise Conflict("the appointment is cancelled")
            if (found["on"], found["window"]) == (on.isoformat(), window):
                return appointment_of(found)
            moved = appointment_of({**found, "on": on, "window": window})
            number = await self._free(_window(moved), capacity)
            if number is None:
                return None
            document = appointment_document(moved, key=found["key"], number=number)
            if await self._moved(document):
                return moved
        raise RecordsUnavailable("too many book this window at once")

    @prompt
    async def cancel(self, confirmation_number: str) -> Appointment:
        """Give the place up; a cancelled one stays as it is. Raises LookupError without one."""
        found = await self._appointments.find_one_and_update(
            {"_id": confirmation_number, "status": "booked"},
            {"$set": {"status": "cancelled"}, "$unset": {"place": ""}},
            return_document=ReturnDocument.AFTER,
        ) or await self._appointments.find_one({"_id": confirmation_number})
        if found is None:
            raise LookupError("there is no such appointment")
        return appointment_of(found)

    async def _kept(self, key: str, appointment: Appointment) -> Appointment | None:
        """What the key has booked before."""
        kept = await self._appointments.find_one({"key": key})
        if kept:
            if kept["customer_id"] != appointment.customer_id:
                raise ValueError("this key has booked for another customer")
            return appointment_of(kept)
        number = appointment.confirmation_number
        if number and await self._appointments.find_one({"_id": number, "key": {"$ne": key}}):
            raise Conflict("this number has an appointment already")
        return None

    async def _free(self, window: str, capacity: int) -> int | None:
        """The number of a free place in a window; None if it is full."""
        taken = await self._taken(f"{window}|", f"{window}{_END}")
        if len(taken) >= capacity:
            return None
        numbers = {int(place.rpartition("|")[2]) for place in taken}
        return next(number for number in range(capacity) if number not in numbers)

    async def _taken(self, first: str, end: str) -> list[str]:
        """The places that are taken, from one to before another."""
        places = {"place": {"$gte": first, "$lt": end}}
        found = await self._appointments.find(places, {"_id": 0, "place": 1}).to_list()
        return [document["place"] for document in found]

    async def _inserted(self, document: Document) -> bool:
        """False if its key, its place or its number was taken meanwhile."""
        try:
            await self._appointments.insert_one(document)
        except DuplicateKeyError:
            return False
        return True

    async def _moved(self, document: Document) -> bool:
        """False if the place was taken, or the appointment cancelled, meanwhile."""
        booked = {"_id": document["_id"], "status": "booked"}
        to = {field: document[field] for field in ("on", "window", "place")}
        try:
            done = await self._appointments.update_one(booked, {"$set": to})
        except DuplicateKeyError:
            return False
        return done.matched_count == 1


def appointment_document(appointment: Appointment, *, key: str, number: int | None) -> Document:
    """`number` is that of its place in the window, from 0; None: it holds none."""
    fields = storable(appointment.model_dump(exclude={"confirmation_number"}))
    place = {} if number is None else {"place": f"{_window(appointment)}|{number}"}
    return {
        **fields,
        "_id": appointment.confirmation_number,
        "key": key,
        "at": milliseconds(appointment.at),
        **place,
    }


def appointment_of(document: Mapping[str, Any]) -> Appointment:
    return Appointment.model_validate({**document, "confirmation_number": document["_id"]})


def _window(appointment: Appointment) -> str:
    calendar = _calendar(appointment.service_type, appointment.area)
    return f"{calendar}|{appointment.on}|{appointment.window}"


def _calendar(service_type: str, area: str) -> str:
    return f"{service_type}|{area.casefold()}"
