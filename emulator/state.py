"""What the emulator knows, in memory and bounded: phones, conversations, files, receipts."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Awaitable, Callable, Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Generic, TypeVar
from uuid import uuid4

from contracts.clock import Clock
from contracts.messages import Channel
from contracts.scenario import MessageTemplate
from emulator.api import Faults, File, Message, NewPhone, OurNumber, Phone, Reachable
from emulator.feed import Feed

KEPT = 200  # messages of a phone
KEPT_FILES = 100_000_000  # bytes of all files
KEPT_RECEIPTS = 20_000
MOST_PHONES = 2_000
WINDOW = timedelta(hours=24)

V = TypeVar("V")
ReadNumbers = Callable[[], Awaitable[Iterable[OurNumber]]]
WindowClosed = Callable[[str], Awaitable[None]]  # of a customer's number


class Bounded(OrderedDict[str, V], Generic[V]):
    """The newest `most` entries."""

    def __init__(self, most: int) -> None:
        super().__init__()
        self._most = most

    def __setitem__(self, key: str, value: V) -> None:
        super().__setitem__(key, value)
        while len(self) > self._most:
            self.popitem(last=False)


@dataclass(frozen=True, slots=True)
class Stored:
    file: File
    data: bytes


class State:
    """Everything that a restart forgets."""

    def __init__(
        self,
        clock: Clock,
        *,
        numbers: Iterable[OurNumber],
        phones: Iterable[NewPhone],
        templates: Iterable[MessageTemplate],
    ) -> None:
        self.clock = clock
        self.feed = Feed()
        self.faults = Faults()
        self.read_numbers: ReadNumbers | None = None
        self.window_closed: WindowClosed | None = None  # for the product, whose day passes as well
        self.receipts: Bounded[Any] = Bounded(KEPT_RECEIPTS)  # by repeatability id
        self.operations: Bounded[int] = Bounded(KEPT_RECEIPTS)  # polls left of an e-mail's
        self.numbers: dict[str, OurNumber] = {}
        self.templates: tuple[MessageTemplate, ...] = ()
        self._phones: dict[str, Phone] = {}
        self._messages: dict[str, Bounded[Message]] = {}
        self._whose: Bounded[str] = Bounded(KEPT * MOST_PHONES)
        self._unread: dict[str, dict[str, None]] = {}
        self._heard: dict[tuple[str, str], datetime] = {}
        self._files: OrderedDict[str, Stored] = OrderedDict()
        self.introduce(numbers=numbers, phones=phones, templates=templates)

    def introduce(
        self,
        *,
        numbers: Iterable[OurNumber] = (),
        phones: Iterable[NewPhone] = (),
        templates: Iterable[MessageTemplate] = (),
    ) -> None:
        """Numbers and templates take the place of those there are, unless none is given."""
        if given := {number.registration_id: number for number in numbers}:
            self.numbers = given
        self.templates = tuple(templates) or self.templates
        for phone in phones:
            self.add_phone(phone)

    # Numbers and phones

    async def refresh(self) -> None:
        """Read the utility's numbers again, where somebody can say what they are."""
        if self.read_numbers is not None:
            self.introduce(numbers=await self.read_numbers())

    async def known(self, channel: Channel, registration_id: str) -> OurNumber | None:
        """As `ours`; a number that is not known may have been added just now."""
        if (found := self.ours(channel, registration_id)) is None:
            await self.refresh()
            found = self.ours(channel, registration_id)
        return found

    def ours(self, channel: Channel, registration_id: str = "") -> OurNumber | None:
        """The number of that id, the first one of the channel without an id."""
        of_channel = [it for it in self.numbers.values() if it.channel is channel]
        if not registration_id:
            return of_channel[0] if of_channel else None
        return next((it for it in of_channel if it.registration_id == registration_id), None)

    def add_phone(self, new: NewPhone) -> Phone:
        """What is known of the phone already stays: its reach, its messages."""
        known = self._phones.get(new.number, Phone(number=new.number))
        if new.number not in self._phones and len(self._phones) >= MOST_PHONES:
            raise OverflowError("no more phones")
        phone = known.model_copy(update=dict(new))
        self._phones[phone.number] = phone
        self._messages.setdefault(phone.number, Bounded(KEPT))
        self.feed.tell(self.shown(phone))
        return self.shown(phone)

    def phones(self) -> tuple[Phone, ...]:
        return tuple(self.shown(phone) for phone in self._phones.values())

    def phone(self, number: str) -> Phone | None:
        phone = self._phones.get(number)
        return self.shown(phone) if phone else None

    def phone_of_email(self, address: str) -> Phone | None:
        wanted = address.lower()
        found = (it for it in self._phones.values() if it.email.lower() == wanted)
        return next(found, None) if wanted else None

    def change_phone(
        self, number: str, *, reach: Reachable | None = None, stopped: bool | None = None
    ) -> Phone:
        asked = {"reach": reach, "stopped": stopped}
        changes = {name: value for name, value in asked.items() if value is not None}
        self._phones[number] = self._phones[number].model_copy(update=changes)
        return self.tell_phone(number)

    def tell_phone(self, number: str) -> Phone:
        phone = self.shown(self._phones[number])
        self.feed.tell(phone)
        return phone

    def shown(self, phone: Phone) -> Phone:
        heard = [at for (number, _), at in self._heard.items() if number == phone.number]
        until = max(heard) + WINDOW if heard else None
        unread = len(self._unread.get(phone.number, {}))
        return phone.model_copy(update={"window_until": until, "unread": unread})

    # WhatsApp's window

    def hear(self, number: str, ours: str, *, ago: timedelta = timedelta(0)) -> None:
        self._heard[number, ours] = self.clock.now() - ago

    def is_open(self, number: str, ours: str) -> bool:
        """Whether the customer wrote to that number of ours within a day."""
        heard = self._heard.get((number, ours))
        return heard is not None and self.clock.now() - heard < WINDOW

    # Messages

    def messages(self, number: str) -> list[Message]:
        return list(self._messages.get(number, {}).values())

    def message(self, message_id: str) -> Message | None:
        whose = self._whose.get(message_id)
        return self._messages[whose].get(message_id) if whose else None

    def put(self, message: Message) -> Message:
        """Keep a new message, or a changed one in the place of what it was."""
        self._messages.setdefault(message.phone, Bounded(KEPT))[message.id] = message
        self._whose[message.id] = message.phone
        self.feed.tell(message)
        return message

    def change(self, message_id: str, **changes: Any) -> Message | None:
        """None if it is kept no more."""
        message = self.message(message_id)
        return self.put(message.model_copy(update=changes)) if message else None

    def note_unread(self, message: Message) -> None:
        self._unread.setdefault(message.phone, {})[message.id] = None
        self.tell_phone(message.phone)

    def take_unread(
        self, number: str, channel: Channel, ours: str, message_id: str = ""
    ) -> list[Message]:
        """Those that were delivered and not looked at; from now on they were."""
        unread = self._unread.get(number, {})
        kept = {one: self.message(one) for one in unread}
        seen = [
            message
            for message in kept.values()
            if message and message.channel is channel and ours in {"", message.ours}
            if message_id in {"", message.id}
        ]
        gone = {one for one, message in kept.items() if message is None}
        for one in gone | {message.id for message in seen}:
            del unread[one]
        self.tell_phone(number)
        return seen

    # Files

    def keep_file(self, data: bytes, *, name: str, content_type: str) -> File:
        """The oldest files give way to a new one."""
        file_id = str(uuid4())
        file = File(
            id=file_id,
            name=name,
            content_type=content_type,
            size=len(data),
            url=f"/emulator/api/files/{file_id}",
        )
        self._files[file_id] = Stored(file, data)
        while sum(len(it.data) for it in self._files.values()) > KEPT_FILES:
            self._files.popitem(last=False)
        return file

    def file(self, file_id: str) -> Stored | None:
        return self._files.get(file_id)
