"""Workers are killed in the middle of turns; every message is answered once, and paid once."""

from __future__ import annotations

import asyncio
import random
import signal
from collections import Counter, deque
from datetime import UTC, datetime
from decimal import Decimal

import pytest
import redis
from langchain_core.messages import HumanMessage

from app.build import App
from contracts.identity import thread_id_of
from contracts.messages import Channel, Inbound, Turn
from contracts.settings import Settings
from gateway.thread import ThreadRunner
from stores.redis import keys
from tests.e2e.conversations import (
    CHATTING,
    PAYING,
    Conversation,
    Scripts,
    agreed,
    assert_whole,
    balances,
    looking_on,
    owing,
    payments,
    transcripts,
)
from tests.e2e.worker_process import Accepted, Answered, Refused, Strike
from tests.e2e.workers import PATIENCE_S, Died, Worker, answer, outcome, worker

pytestmark = [pytest.mark.e2e, pytest.mark.timeout(400)]

SEED = 20_261_120
TURNS = 200
KILLS = 25
AT_ONCE = 3  # conversations with a message under way
OPERATIONS = 26  # of a turn on the stores, about
MAX_HITS = 2  # of one message: the gateway gives up one that fails every time
RETRY_S = 0.2


class Line:
    """One conversation as its channel delivers it: in order, each until it is answered."""

    def __init__(self, conversation: Conversation) -> None:
        self.waiting = deque(conversation.messages(datetime.now(UTC)))
        self.left: set[str] = set()  # accepted and not delivered again: ours to recover
        self.under_way: Inbound | None = None
        self.accepted = False

    @property
    def leavable(self) -> bool:
        """Whether the channel may rely on us: it was told that the message is kept."""
        first = self.under_way is not None and self.under_way.id.endswith("-0")
        return self.accepted and not first

    def leave(self) -> None:
        assert self.under_way is not None
        self.left.add(self.under_way.key)
        self.under_way = None


class Channels:
    """Delivers all conversations to workers that die, as at-least-once channels do."""

    def __init__(self, settings: Settings, conversations: list[Conversation]) -> None:
        self._settings = settings
        self._redis = redis.Redis.from_url(settings.redis_url, decode_responses=True)
        self._chance = random.Random(SEED)
        self._lines = [Line(conversation) for conversation in conversations]
        self._hits: dict[str, int] = {}
        self._armed: str | None = None
        self._quiet = 0  # answers until the next strike
        self._refused: dict[str, Inbound] = {}
        self.kills = 0
        self.lost: set[str] = set()  # left to us by their channels
        self.answers: dict[str, list[Turn]] = {}

    def run(self) -> Worker:
        """Until all is delivered; gives the last worker, alive."""
        while True:
            worker = Worker(self._settings, strike=self._behind_the_turns())
            try:
                worker.ready()
                self._live(worker)
            except Died:
                assert worker.exit_code == -signal.SIGKILL
                self._died()
                worker.kill()
            except BaseException:
                worker.kill()
                raise
            else:
                return worker

    # --- a worker's life ------------------------------------------------------------------------

    def _live(self, worker: Worker) -> None:
        self._armed, self._refused = None, {}
        for line in self._lines:
            if line.under_way is not None:
                self._deliver(worker, line.under_way)
        while self._send_more(worker):
            try:
                event = worker.event(RETRY_S if self._refused or self._left() else PATIENCE_S)
            except TimeoutError:
                self._look_again(worker)
                continue
            match event:
                case Accepted(key):
                    for line in self._lines:
                        line.accepted |= line.under_way is not None and line.under_way.key == key
                case Refused(key):
                    self._refused |= {i.key: i for i in self._under_way() if i.key == key}
                case Answered(turn):
                    self._answered(worker, turn)

    def _look_again(self, worker: Worker) -> None:
        """Deliver again what was refused, and see what was recovered meanwhile."""
        if not self._refused and not self._left():
            raise TimeoutError("the worker has nothing to do, and yet not all is answered")
        for inbound in self._refused.values():
            self._deliver(worker, inbound)
        self._refused = {}
        for line in self._lines:
            line.left = {key for key in line.left if not self._is_finished(key)}

    def _is_finished(self, key: str) -> bool:
        return str(self._redis.get(keys.message(key))).startswith("{")

    def _send_more(self, worker: Worker) -> bool:
        """Keep some conversations going; False once there is nothing to wait for."""
        if self._sparing():
            return True
        idle = [line for line in self._lines if line.under_way is None and line.waiting]
        self._chance.shuffle(idle)
        for line in idle[: max(0, AT_ONCE - len(self._under_way()))]:
            line.under_way, line.accepted = line.waiting.popleft(), False
            self._deliver(worker, line.under_way)
        return bool(self._under_way())

    def _deliver(self, worker: Worker, inbound: Inbound) -> None:
        strike = None
        if self._armed is None and self._quiet <= 0 and self._may_strike():
            self._armed = inbound.key
            strike = Strike(signal.SIGKILL, after=self._chance.randint(1, OPERATIONS))
        worker.deliver(inbound, strike)

    def _answered(self, worker: Worker, turn: Turn) -> None:
        self.answers.setdefault(turn.inbound_key, []).append(turn)
        self._quiet -= 1
        if self._armed == turn.inbound_key:
            self._armed = None
        for line in self._lines:
            if line.under_way is not None and line.under_way.key == turn.inbound_key:
                if self._chance.random() < 0.1:
                    worker.deliver(line.under_way)  # the channel did not hear that it was taken
                line.under_way, line.left = None, set()

    # --- deaths ---------------------------------------------------------------------------------

    def _died(self) -> None:
        self.kills += 1
        self._quiet = self._chance.randint(0, 5)
        for key in self._at_risk():
            self._hits[key] = self._hits.get(key, 0) + 1
        for line in self._lines:
            last = not line.waiting
            if line.under_way and line.leavable and (last or self._chance.random() < 0.3):
                self.lost.add(line.under_way.key)
                line.leave()

    def _behind_the_turns(self) -> Strike | None:
        """Now and then it is the archive or the recovery that is under way when the end comes."""
        if not self._may_strike() or self._chance.random() > 0.15:
            return None
        return Strike(signal.SIGKILL, after=self._chance.randint(1, 20))

    def _may_strike(self) -> bool:
        return self.kills < KILLS and not self._sparing()

    def _sparing(self) -> bool:
        """Whether a message is under way that must not be hit again."""
        return any(self._hits.get(key, 0) >= MAX_HITS for key in self._at_risk())

    def _at_risk(self) -> set[str]:
        return self._left() | {inbound.key for inbound in self._under_way()}

    def _left(self) -> set[str]:
        return {key for line in self._lines for key in line.left}

    def _under_way(self) -> list[Inbound]:
        return [line.under_way for line in self._lines if line.under_way is not None]


async def written(app: App) -> list[Conversation]:
    """Customers who pay by phone or, unknown at first, on the web; and some who talk on both at
    once, so that a visitor's thread is merged into one that is in use."""
    scripts = Scripts()
    conversations = []
    for index, (customer, phone, zip_code) in enumerate((await owing(app, Decimal(50)))[:16]):
        acts = CHATTING if index % 4 == 3 else PAYING
        by_web, by_phone = index % 2 == 1, index % 4 != 1
        if by_phone:
            conversations.append(scripts.write(customer, zip_code, Channel.VOICE, phone, acts))
        if by_web:
            address = f"session-{index}"
            conversations.append(scripts.write(customer, zip_code, Channel.WEB, address, acts))
    assert sum(len(conversation.texts) for conversation in conversations) == TURNS
    return conversations


async def all_archived(app: App) -> None:
    async with asyncio.timeout(PATIENCE_S):
        while await app.database["transcripts"].count_documents({}) < TURNS:
            await asyncio.sleep(0.05)


async def test_each_inbound_is_answered_once_and_each_payment_exists_once(
    settings: Settings,
) -> None:
    async with looking_on(settings) as app:
        conversations = await written(app)
        before = await balances(app, (c.account_number for c in conversations))
        channels = Channels(settings, conversations)
        last = await asyncio.to_thread(channels.run)
        try:
            await all_archived(app)
            await asyncio.to_thread(last.leave)
        finally:
            last.kill()

        assert channels.kills == KILLS
        assert channels.lost
        assert await payments(app) == agreed(conversations)
        paid = {c.account_number: sum(c.amounts) for c in conversations}
        after = await balances(app, before)
        assert after == {number: owed - paid[number] for number, owed in before.items()}
        await assert_whole(app, conversations)
        kept = {turn["inbound_key"]: turn for turn in await transcripts(app)}
        assert len(kept) == TURNS
        for key, turns in channels.answers.items():
            assert {turn.reply for turn in turns} == {kept[key]["reply"]}
            assert {turn.number for turn in turns} == {kept[key]["number"]}
        assert set(kept) - set(channels.answers) <= channels.lost


@pytest.mark.parametrize(
    ("at", "nth"),
    [
        ("after set", 1),  # the address is the customer's, and neither thread knows
        ("after aput", 1),  # the visitor's thread knows
        ("after aput", 2),  # the customer's thread does, too
        ("before adelete_thread", 1),  # the visitor's turns are given to the customer
        ("before finish", 1),  # all is done but the answer
    ],
)
async def test_a_visitor_who_proves_to_be_a_customer_loses_nothing(
    settings: Settings, at: str, nth: int
) -> None:
    """The worker dies while their threads are merged, and the customer's goes on before that is
    made good."""
    async with looking_on(settings) as app:
        customer, phone, zip_code = (await owing(app, Decimal(50)))[0]
        given = (customer.customer_id, customer.account_number)
        by_phone = Conversation("phone", *given, Channel.VOICE, phone, ["remark one", "remark two"])
        proof = f"account {customer.account_number}, zip {zip_code}"
        texts = ["remark of a visitor", proof, "remark of one who is known"]
        on_web = Conversation("web", *given, Channel.WEB, "session-of-a-visitor", texts)
        first, second = by_phone.messages(datetime.now(UTC))
        visits, proves, known = on_web.messages(datetime.now(UTC))

        def merge() -> list[Turn]:
            with worker(settings, background=False) as dies:
                before = [answer(dies, first), answer(dies, visits)]
                dies.deliver(proves, Strike(signal.SIGKILL, after=nth, at=at))
                with pytest.raises(Died):
                    outcome(dies, proves)
            with worker(settings, background=False) as lives:
                after = [answer(lives, message) for message in (second, proves, known)]
                lives.leave()
            return before + after

        turns = await asyncio.to_thread(merge)
        await app.archiver.drain()
        kept = {turn["inbound_key"]: turn for turn in await transcripts(app)}
        assert [kept[turn.inbound_key]["number"] for turn in turns] == [t.number for t in turns]
        assert {turn["customer_id"] for turn in kept.values()} == {customer.customer_id}
        own = thread_id_of(customer.customer_id)
        numbers = {key: turn["number"] for key, turn in kept.items() if turn["thread_id"] == own}
        assert sorted(numbers.values()) == [1, 2, 3, 4]
        assert numbers.keys() == kept.keys() - {visits.key}
        loaded = await ThreadRunner(app.graph, app.memory.checkpointer).load(own)
        told = [m.id for m in loaded.values["messages"] if isinstance(m, HumanMessage)]
        assert Counter(told) == Counter(kept.keys())
        assert loaded.values["number"] == 4


async def test_two_deaths_on_the_way_to_its_thread_are_no_reason_to_give_a_message_up(
    settings: Settings,
) -> None:
    """A visitor's first message: the worker dies once they are known, and once more in the
    customer's thread, to which the message was moved meanwhile."""
    async with looking_on(settings) as app:
        customer, _, zip_code = (await owing(app, Decimal(50)))[0]
        given = (customer.customer_id, customer.account_number)
        proof = f"account {customer.account_number}, zip {zip_code}"
        on_web = Conversation("web", *given, Channel.WEB, "session-of-a-visitor", [proof])
        [proves] = on_web.messages(datetime.now(UTC))

        def merge() -> Turn:
            for at in ("after set", "after aput"):
                with worker(settings, background=False) as dies:
                    dies.deliver(proves, Strike(signal.SIGKILL, after=1, at=at))
                    with pytest.raises(Died):
                        outcome(dies, proves)
            with worker(settings, background=False) as lives:
                turn = answer(lives, proves)
                lives.leave()
            return turn

        turn = await asyncio.to_thread(merge)
        assert turn.number == 1
        assert turn.identity == "verified"
