"""Which agent answers a message: by number, time, language and words, and as shared out."""

from __future__ import annotations

import asyncio
from collections import Counter
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from channels.numbers.router import NumberRouter
from contracts.clock import PinnedClock
from contracts.errors import MemoryUnavailable, RecordsUnavailable
from contracts.messages import Channel, Inbound
from contracts.records import AgentEntry, ChannelEntry, Mapping, Rule
from tests.fakes import scenario_of
from tests.fakes.numbers import (
    GUID,
    WHATSAPP,
    FakeNumbers,
    agent,
    channel,
    configured,
    mapping,
    sms,
)

pytestmark = pytest.mark.unit

NOON = datetime(2026, 11, 20, 20, 0, tzinfo=UTC)  # a Friday, 12:00 in Los Angeles
HER = "+15035550142"


class FakeKeyValue:
    def __init__(self) -> None:
        self.kept: dict[str, dict[str, Any]] = {}
        self.down = False

    async def get(self, key: str) -> dict[str, Any] | None:
        if self.down:
            raise MemoryUnavailable("down")
        return self.kept.get(key)

    async def set(
        self, key: str, value: dict[str, Any], *, ttl_s: float, only_new: bool = False
    ) -> bool:
        if self.down:
            raise MemoryUnavailable("down")
        self.kept[key] = value
        return True


class World:
    """A router over numbers that a test sets."""

    def __init__(self, *entries: AgentEntry | ChannelEntry | Mapping) -> None:
        every = (agent("billing"), agent("outage"), *entries)
        self.numbers = FakeNumbers(configured(*every))
        self.clock = PinnedClock(NOON)
        self.keyvalue = FakeKeyValue()
        self.router = NumberRouter(
            self.numbers,
            scenario_of("utilities"),
            self.clock,
            self.keyvalue,  # type: ignore[arg-type]
        )
        self.sent = 0

    async def answers(self, text: str = "", address: str = HER, where: str = GUID) -> str:
        """The id of the agent that answers, empty for none."""
        self.sent += 1
        inbound = Inbound(
            channel=Channel.WHATSAPP,
            address=address,
            id=str(self.sent),
            text=text,
            at=self.clock.now(),
        )
        found = await self.router.agent_for(where, inbound)
        return found.agent_id if found else ""

    def at(self, hour: int, minute: int = 0, *, days: int = 0) -> None:
        """A time in Los Angeles, so many days after the Friday."""
        moment = NOON + timedelta(days=days, hours=hour - 12, minutes=minute)
        self.clock.advance(moment - self.clock.now())


def ruled(name: str = "m", agent_id: str = "billing", *, order: int = 0, **rule: object) -> Mapping:
    return mapping(name, agent_id=agent_id, order=order, rule=Rule.model_validate(rule))


@pytest.mark.parametrize("where", [GUID, GUID.upper(), WHATSAPP, f" {WHATSAPP} "])
async def test_a_number_is_known_by_its_registration_and_by_itself(where: str) -> None:
    world = World()
    assert await world.answers(where=where) == "concierge"
    known = await world.router.channel_of(where)
    assert known == channel()


async def test_what_is_not_known_has_no_agent() -> None:
    world = World(sms(active=False))
    assert await world.answers(where="+15035550199") == ""
    assert await world.answers(where="+15035550101") == ""
    assert await world.router.channel_of("+15035550101") is None


async def test_the_first_active_channel_of_a_kind() -> None:
    world = World(sms(active=False))
    assert await world.router.channel_for(Channel.WHATSAPP) == channel()
    assert await world.router.channel_for(Channel.WHATSAPP, "infobip") is None
    assert await world.router.channel_for(Channel.SMS) is None


# --- rules ----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("hour", "minute", "expected"),
    [(8, 59, "concierge"), (9, 0, "billing"), (16, 59, "billing"), (17, 0, "concierge")],
)
async def test_by_time_of_day_in_the_utilitys_zone(hour: int, minute: int, expected: str) -> None:
    world = World(ruled(begins="09:00", ends="17:00"))
    world.at(hour, minute)
    assert await world.answers() == expected


@pytest.mark.parametrize(
    ("days", "hour", "expected"),
    [
        (0, 21, "concierge"),  # Friday evening, before it begins
        (0, 23, "billing"),
        (1, 5, "billing"),  # Saturday morning: Friday's night still
        (1, 6, "concierge"),
        (1, 23, "concierge"),  # Saturday's own night is none of it
        (0, 3, "concierge"),  # Thursday's night
    ],
)
async def test_a_night_belongs_to_the_day_it_begins_on(days: int, hour: int, expected: str) -> None:
    world = World(ruled(days=(4,), begins="22:00", ends="06:00"))
    world.at(hour, days=days)
    assert await world.answers() == expected


async def test_by_day() -> None:
    world = World(ruled(days=(5, 6)))
    assert await world.answers() == "concierge"
    world.at(12, days=1)
    assert await world.answers() == "billing"


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("No tengo luz en mi casa desde esta mañana", "billing"),
        ("My power has been out since this morning", "concierge"),
        ("", "concierge"),
    ],
)
async def test_by_language(text: str, expected: str) -> None:
    assert await World(ruled(language="es")).answers(text) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Why is my BILL so high?", "billing"),
        ("bill?", "billing"),
        ("Billy was here", "concierge"),
        ("the high  bill", "billing"),
        ("la factura del mes pasado", "billing"),
        ("LA FACTÚRA", "billing"),
        ("I'd like a payment  plan", "billing"),
        ("a plan of payment", "concierge"),
    ],
)
async def test_by_words(text: str, expected: str) -> None:
    world = World(ruled(words=("Bill", "factura", "payment plan")))
    assert await world.answers(text) == expected


async def test_all_that_a_rule_says_has_to_fit() -> None:
    world = World(ruled(words=("luz",), begins="09:00", ends="17:00"))
    assert await world.answers("no tengo luz") == "billing"
    world.at(18, days=1)
    assert await world.answers("no tengo luz", "+15035550143") == "concierge"


async def test_the_lowest_order_counts() -> None:
    world = World(
        ruled("a", "billing", order=5, words=("bill",)),
        ruled("b", "outage", order=-1, words=("power",)),
    )
    assert await world.answers("power and bill") == "outage"


async def test_a_conversation_goes_on_where_its_words_led() -> None:
    world = World(ruled("a", "billing", words=("bill",)), ruled("b", "outage", words=("power",)))
    talk = ["hello", "my bill", "yes please", "", "the power is out", "thanks"]
    expected = ["concierge", "billing", "billing", "billing", "outage", "outage"]
    assert [await world.answers(text) for text in talk] == expected
    assert await world.answers("hello", "+15035550143") == "concierge"


async def test_a_conversation_leaves_a_desk_that_is_taken_away() -> None:
    world = World(ruled("a", "billing", words=("bill",)))
    assert await world.answers("my bill") == "billing"
    world.numbers.standing = configured(agent("billing")).model_copy(update={"version": 2})
    assert await world.answers("ok") == "concierge"


async def test_without_the_memory_each_message_is_by_itself() -> None:
    world = World(ruled("a", "billing", words=("bill",)))
    world.keyvalue.down = True
    assert [await world.answers(text) for text in ("my bill", "ok")] == ["billing", "concierge"]


# --- shares ---------------------------------------------------------------------------------------

CUSTOMERS = [f"+1503555{number:04d}" for number in range(2_000)]


async def test_customers_are_shared_out_by_weight_and_stay() -> None:
    primary = configured().mappings[0].model_copy(update={"weight": 3})
    world = World(mapping("second", agent_id="billing"))
    world.numbers.standing = world.numbers.standing.model_copy(
        update={"mappings": (primary, mapping("second", agent_id="billing"))}
    )
    first = [await world.answers(address=one) for one in CUSTOMERS]
    again = [await world.answers("anything", address=one) for one in CUSTOMERS]
    assert first == again
    assert 0.71 < Counter(first)["concierge"] / len(CUSTOMERS) < 0.79

    heavier = mapping("second", agent_id="billing", weight=2)
    world.numbers.standing = world.numbers.standing.model_copy(
        update={"mappings": (primary, heavier), "version": 2}
    )
    after = [await world.answers(address=one) for one in CUSTOMERS]
    # Who was with the one that grew stays there.
    assert {new for old, new in zip(first, after, strict=True) if old == "billing"} == {"billing"}
    assert 0.56 < Counter(after)["concierge"] / len(CUSTOMERS) < 0.64


async def test_one_without_a_rule_and_of_another_order_never_counts() -> None:
    world = World(mapping("m", agent_id="billing", order=-1))
    assert {await world.answers(address=one) for one in CUSTOMERS[:50]} == {"concierge"}


# --- hot ------------------------------------------------------------------------------------------


async def test_a_change_is_felt_at_the_next_message() -> None:
    world = World()
    assert await world.answers() == "concierge"
    changed = configured(agent("billing")).model_copy(
        update={"version": 2, "mappings": (mapping(agent_id="billing"),)}
    )
    world.numbers.standing = changed
    assert await world.answers() == "billing"
    assert world.numbers.loads == 2


async def test_it_is_read_once_and_looked_at_once_a_message() -> None:
    world = World()
    for _ in range(5):
        await world.answers()
    assert (world.numbers.loads, world.numbers.looks) == (1, 5)


async def test_those_who_ask_at_once_share_a_look() -> None:
    world = World()
    await asyncio.gather(*(world.answers() for _ in range(200)))
    assert world.numbers.looks <= 2


async def test_nobody_shares_a_look_that_began_before_they_asked() -> None:
    """The first look is under way, and has the old version in its hands."""
    world = World()
    began, may_end = asyncio.Event(), asyncio.Event()
    plain = world.numbers.version

    async def slow() -> int:
        version = await plain()
        began.set()
        await may_end.wait()
        return version

    world.numbers.version = slow  # type: ignore[method-assign]
    first = asyncio.create_task(world.answers())
    await began.wait()
    world.numbers.standing = configured(agent("billing")).model_copy(
        update={"version": 2, "mappings": (mapping(agent_id="billing"),)}
    )
    second = asyncio.create_task(world.answers())
    may_end.set()
    await first
    assert await second == "billing"


async def test_while_the_records_are_down_what_was_known_counts() -> None:
    world = World()
    await world.answers()
    world.numbers.down = True
    assert await world.answers() == "concierge"
    assert (await world.router.configuration()) == world.numbers.standing


async def test_nothing_known_and_records_down_is_said() -> None:
    world = World()
    world.numbers.down = True
    with pytest.raises(RecordsUnavailable):
        await world.answers()


# --- statistics -----------------------------------------------------------------------------------


async def test_messages_are_counted_by_day_channel_and_agent() -> None:
    world = World(ruled("a", "billing", words=("bill",)))
    for text in ("hello", "hello", "my bill"):
        await world.answers(text)
    world.at(23, 30)
    await world.answers("late", "+15035550143")
    world.at(0, 30, days=1)
    await world.answers("early", "+15035550143")
    await world.router.close()
    counted = {(str(day), who): n for (day, _, who), n in world.numbers.counts.items()}
    assert counted == {
        ("2026-11-20", "concierge"): 3,
        ("2026-11-20", "billing"): 1,
        ("2026-11-21", "concierge"): 1,
    }


async def test_a_message_that_comes_again_is_counted_once() -> None:
    world = World()
    for _ in range(3):
        world.sent = 0
        await world.answers()
    asked = Inbound(channel=Channel.WHATSAPP, address=HER, id="asked", at=NOON)
    await world.router.agent_for(GUID, asked, count=False)
    await world.router.close()
    assert list(world.numbers.counts.values()) == [1]


async def test_what_is_counted_while_the_records_are_down_is_written_later() -> None:
    world = World()
    await world.answers()
    world.numbers.down = True
    await world.answers()
    await world.router.close()
    world.numbers.down = False
    await world.answers()
    await world.router.close()
    assert list(world.numbers.counts.values()) == [3]
