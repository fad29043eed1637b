"""`Gateway.receive`: every channel's one way in.

An inbound is durable before anything else happens. Whoever holds the thread's lock works
off what waits for the thread, oldest first, for itself and for others; whoever only waits
gets the finished turn. A turn runs to its end even if the one who asked has gone.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AbstractAsyncContextManager, AbstractContextManager
from typing import Any

from contracts.errors import (
    BadInput,
    MemoryUnavailable,
    Overloaded,
    StaleWriter,
    StoreUnavailable,
    ThreadBusy,
)
from contracts.identity import Identity, is_anonymous, thread_id_of
from contracts.language import speaking, t
from contracts.messages import Channel, Inbound, Outbound, Turn
from contracts.ports import Inbox, Lease, ReadyThreads, ThreadLock, Work
from contracts.records import Records
from gateway import apologies
from gateway.archiver import Archiver
from gateway.behind import Behind
from gateway.caller import Caller
from gateway.known import Known
from gateway.messages import concerned, speaker_of, visitor, without_cards
from gateway.replies import Replies
from gateway.thread import ThreadRunner, carried, turn_of
from nodes.cancel import Cancellation
from nodes.language import language_of
from nodes.state import State
from stores.directory import Directory

log = logging.getLogger(__name__)

MAX_INBOUND = 16_000  # characters; more can't be a message to a person
MAX_ATTEMPTS = 5  # of one message, by crashes or errors, before we apologise
WAIT_S = 60.0  # for the thread's lock
CLOSES_WITHIN_S = 30.0
MAX_PLACES = 4  # in which a message is looked for
MAX_TURNS = 64  # at once in this process
MAX_WAITING = 1_000  # in this process, before new ones are refused

Fetch = Callable[[Inbound], Awaitable[Inbound]]


class Gateway:
    def __init__(
        self,
        *,
        inbox: Inbox,
        lock: ThreadLock,
        directory: Directory,
        records: Records,
        runner: ThreadRunner,
        archiver: Archiver,
        apology: apologies.Apology,
        replies: Replies,
        fetch: Fetch | None = None,
        ready: ReadyThreads | None = None,
    ) -> None:
        """`fetch` gets the files that a message's provider still holds, before its turn. With
        `ready` turns that nobody waits for are left to other processes, which find them there."""
        self._inbox = inbox
        self._lock = lock
        self._directory = directory
        self._runner = runner
        self._archiver = archiver
        self._apology = apology
        self._replies = replies
        self._fetch = fetch
        self._ready = ready
        self._known = Known(runner, records, archiver)
        self._slots = asyncio.Semaphore(MAX_TURNS)
        self._tasks: set[asyncio.Task[None]] = set()
        self._running: dict[str, Cancellation] = {}
        self._behind = Behind(self._run_one)

    # --- the way in ---------------------------------------------------------------------------

    async def receive(self, inbound: Inbound) -> AsyncIterator[Outbound]:
        """Take a message in and give its parts as they come; the last is its `Turn`.

        A message seen before gives the same turn again. Raises BadInput for one that can't be
        meant, Overloaded and ThreadBusy when too much waits. While the memory is down the
        answer is an apology. An emergency gets the safety words instead of any of these.
        """
        try:
            async for part in self._received(inbound):
                yield part
        except (BadInput, Overloaded, ThreadBusy):
            safety = self._apology.safety(inbound)
            if not safety:
                raise
            for part in safety:
                yield part

    async def _received(self, inbound: Inbound) -> AsyncIterator[Outbound]:
        caller = Caller(inbound)
        try:
            thread_id = await self.accept(inbound)
        except MemoryUnavailable:
            for part in self._apology.memory_down(inbound):
                yield part
            return
        task = asyncio.create_task(self._serve(thread_id, caller))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
        while (part_ := await caller.queue.get()) is not None:
            if isinstance(part_, BaseException):
                raise part_
            yield part_

    async def take(self, inbound: Inbound) -> bool:
        """Keep a message durably and begin its turn, for nobody to wait for: the reply goes out
        over the number it came in on (`inbound.to`). False for a message that was seen before. One
        that can't be meant is told so. Raises Overloaded, MemoryUnavailable."""
        try:
            thread_id, new = await self._kept(inbound)
        except BadInput as error:
            return await self._replies.refuse(inbound, self._apology.safety(inbound), error)
        if new:
            await self._begin(thread_id)
        return new

    def run(self, thread_id: str) -> None:
        """Run here what waits for a thread, for nobody who waits; returns at once."""
        self._behind.begin(thread_id)

    @property
    def at_work(self) -> int:
        """How many threads are worked on here for nobody who waits."""
        return len(self._behind)

    def taking(self) -> AbstractContextManager[None]:
        """While this is entered, turns that nobody waits for give way to messages coming in."""
        return self._behind.taking()

    async def accept(self, inbound: Inbound) -> str:
        """Keep a message durably and say in which thread; its turn is run by `receive`, by whoever
        holds the thread, or by the worker."""
        thread_id, _ = await self._kept(inbound)
        return thread_id

    async def _kept(self, inbound: Inbound) -> tuple[str, bool]:
        """Keep a message: in which thread, and whether it is new."""
        if len(inbound.text) > MAX_INBOUND:
            with speaking(language_of(inbound.text)):
                raise BadInput(
                    t(
                        "That message is too long for me to read. Please send the main point in a "
                        "few sentences."
                    )
                )
        if len(self._tasks) + len(self._behind) >= MAX_WAITING:
            raise Overloaded("too many messages are being answered; please try again in a minute")
        identity = await self._directory.resolve(inbound.channel, inbound.address)
        receipt = await self._inbox.put(identity.thread_id, without_cards(inbound))
        return identity.thread_id, receipt.new

    async def _begin(self, thread_id: str) -> None:
        """See to it that a message which nobody waits for is answered."""
        if self._ready is None:
            self.run(thread_id)
        else:
            await self._ready.put(thread_id)

    async def happened(self, inbound: Inbound) -> None:
        """Let a customer's thread know of something outside of it, once an id: durable when this
        returns, and told as a turn of its own by whoever holds the thread.

        `inbound.happening` says what; channel and address, where the customer was told of it.
        Raises Overloaded, MemoryUnavailable.
        """
        if inbound.happening is None:
            raise BadInput("this is a message of the customer's own")
        thread_id = thread_id_of(inbound.happening.customer_id)
        await self._inbox.put(thread_id, inbound)
        await self._begin(thread_id)

    def cancel(self, inbound_key: str, heard: str | None = None) -> bool:
        """Ask a running turn to stop talking (barge-in). False if it isn't running here.

        heard: the part of the reply that reached the customer; the thread keeps just that.
        """
        running = self._running.get(inbound_key)
        if running is not None:
            running.request(heard)
        return running is not None

    async def identify(self, channel: Channel, address: str) -> Identity:
        return await self._directory.resolve(channel, address)

    async def recent(self, identity: Identity, limit: int = 20) -> list[Turn]:
        """The customer's last turns on all channels, oldest first; those just over among them."""
        return await self._known.recent(identity, limit)

    async def context(self, channel: Channel, address: str) -> dict[str, Any]:
        """The customer's context as `throughline show` prints it."""
        return await self._known.context(await self.identify(channel, address))

    def watch(self, thread_id: str) -> AbstractAsyncContextManager[AsyncIterator[Turn]]:
        """Turns of a thread as they finish, on whatever channel and in whatever process."""
        return self._inbox.watch(thread_id)

    async def recover(self, idle_s: float) -> int:
        """Run what waits in threads nobody works on: a process died. How many threads."""
        threads = await self._inbox.abandoned(idle_s)
        for thread_id in threads:
            try:
                await self._work_off(thread_id, None)
            except (ThreadBusy, StaleWriter):
                continue  # somebody was quicker
            except StoreUnavailable:
                raise
            except Exception:
                log.exception("a thread could not be recovered")  # it holds up no other
        return len(threads)

    async def close(self) -> None:
        """Let running turns end."""
        if self._tasks:
            await asyncio.wait(self._tasks, timeout=CLOSES_WITHIN_S)
        await self._behind.close(CLOSES_WITHIN_S)

    # --- working off a thread -----------------------------------------------------------------

    async def _serve(self, thread_id: str, caller: Caller) -> None:
        try:
            await self._until_answered(thread_id, caller)
        except MemoryUnavailable:
            for part in self._apology.memory_down(caller.inbound):
                caller.emit(part)
        except BaseException as error:  # noqa: BLE001 - handed to whoever waits for the turn
            caller.queue.put_nowait(error)
        finally:
            caller.queue.put_nowait(None)

    async def _until_answered(self, thread_id: str, caller: Caller) -> None:
        inbound = caller.inbound
        for _ in range(MAX_PLACES):
            try:
                if await self._work_off(thread_id, caller):
                    return
            except StaleWriter:
                continue  # whoever has the lock now is at this message
            turn = await self._inbox.turn_of(inbound.key)
            if turn is not None:
                await self._again(turn, caller, thread_id)
                return
            # Neither waiting nor finished here: it was moved to another customer's thread, or a
            # crash left it in the visitor's who turned out to be this customer.
            who = await self._directory.resolve(inbound.channel, inbound.address)
            unknown = visitor(inbound).thread_id
            thread_id = unknown if thread_id == who.thread_id else who.thread_id
        raise ThreadBusy("the message is being worked on elsewhere")

    async def _again(self, turn: Turn, caller: Caller, thread_id: str) -> None:
        """Give a finished turn to whom it was given before, and to nobody else."""
        if turn.thread_id not in ("", thread_id):
            who = await self._directory.resolve(caller.inbound.channel, caller.inbound.address)
            if who.thread_id != turn.thread_id:
                raise BadInput("this message id was used in another conversation")
        for part in turn.parts:
            caller.emit(part)
        caller.emit(turn)

    async def _run_one(self, thread_id: str, wait_s: float) -> bool:
        """Run the oldest message of a thread, for nobody who waits; False if there is none."""
        async with self._lock.hold(thread_id, wait_s=wait_s) as lease, self._slots:
            work = await self._inbox.next(thread_id)
            if work is not None:
                await self._one(lease, work, Caller(work.inbound, alone=True))
        return work is not None

    async def _work_off(self, thread_id: str, caller: Caller | None) -> bool:
        """Run what waits for a thread, oldest first; True once the caller's own is answered."""
        # Waiting for a thread takes up no slot, so that a customer's many messages are in nobody
        # else's way.
        async with self._lock.hold(thread_id, wait_s=WAIT_S) as lease, self._slots:
            while (work := await self._inbox.next(thread_id)) is not None:
                own = caller if caller and caller.inbound.key == work.inbound.key else None
                turn = await self._one(lease, work, own or Caller(work.inbound, alone=True))
                if own is not None and turn is not None:
                    own.emit(turn)
                    return True
        return False

    async def _one(self, lease: Lease, work: Work, caller: Caller) -> Turn | None:
        """Run one message; None if it now waits in another thread."""
        inbound = work.inbound
        who = concerned(inbound) or await self._directory.resolve(inbound.channel, inbound.address)
        turn: Turn | None
        if work.attempt > MAX_ATTEMPTS:
            caller.language = await self._known.language(who) or ""
            turn = self._apology.gave_up(inbound, who, caller.language or None)
        else:
            turn = await self._run(lease, work, who, caller)
        if turn is None:
            await self._inbox.move(lease.thread_id, who.thread_id, inbound)
            if caller.alone:
                self.run(who.thread_id)  # nobody goes after it there
            return None
        # The reply first, and once by its key: whoever dies in between leaves the message here.
        await self._replies.put(inbound, turn, caller.language)
        await self._inbox.finish(lease.thread_id, inbound, turn)
        return turn

    async def _run(self, lease: Lease, work: Work, who: Identity, caller: Caller) -> Turn | None:
        """A message's turn; None if the message belongs into another thread."""
        inbound = work.inbound
        cancellation = self._running.setdefault(inbound.key, Cancellation())
        try:
            loaded = await self._known.loaded(lease, who)
            caller.language = loaded.values.get("language") or ""
            values = loaded.after(inbound)
            if values is None:
                speaker = speaker_of(lease, work, who, loaded)
                if speaker is None:
                    return None
                if inbound.files and self._fetch is not None:
                    inbound = await self._fetch(inbound)
                values = await self._runner.run(
                    lease,
                    inbound,
                    loaded,
                    who=speaker,
                    emit=caller.emit,
                    cancellation=cancellation,
                    between=self._behind.give_way if caller.alone else None,
                )
            caller.language = values.get("language") or caller.language
            if values["turn"].get("move_to"):
                return await self._go_on_elsewhere(lease, inbound, values, caller, cancellation)
            return turn_of(values, lease.thread_id, caller.began)
        except (MemoryUnavailable, StaleWriter, ThreadBusy):
            raise
        except Exception as error:
            log.error("turn failed", extra={"error": type(error).__name__}, exc_info=error)
            caller.language = caller.language or await self._known.language(who) or ""
            turn = self._apology.broke(inbound, who, caller.language or None)
            for part in turn.parts:
                caller.emit(part)
            return turn
        finally:
            self._running.pop(inbound.key, None)

    async def _go_on_elsewhere(
        self,
        lease: Lease,
        inbound: Inbound,
        values: State,
        caller: Caller,
        cancellation: Cancellation,
    ) -> Turn:
        """The customer proved to be somebody else: the turn goes on in that one's thread.

        An anonymous thread waits for a known one here and never the other way round. Two known
        customers who each prove to be the other at once would wait for each other until
        ThreadBusy; their messages stay in the inbox, and the checks passed are remembered.
        """
        target = thread_id_of(values["turn"]["move_to"] or "")
        source = values["turn"]["customer_id"]
        async with self._lock.hold(target, wait_s=WAIT_S) as taken:
            who = await self._directory.resolve(inbound.channel, inbound.address)
            if who.thread_id != target:
                raise BadInput("what the sender proved has lapsed")
            loaded = await self._known.loaded(taken, who)
            result = loaded.after(inbound)
            if result is None:
                result = await self._runner.run(
                    taken,
                    inbound,
                    loaded,
                    who=who,
                    emit=caller.emit,
                    cancellation=cancellation,
                    carry=carried(values),
                )
        caller.language = result.get("language") or caller.language
        # In this order: a replay finds what to adopt as long as the thread is there.
        await self._archiver.moved(source, who.customer_id, call_id=inbound.session)
        if is_anonymous(source):
            await self._runner.forget(lease.thread_id)
        return turn_of(result, target, caller.began)
