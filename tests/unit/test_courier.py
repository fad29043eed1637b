"""The courier: order, attempts, STOP, codes, rates, and its loop."""

from __future__ import annotations

import asyncio
import logging
from pathlib import Path

import pytest

from channels import courier as courier_module
from channels.adapter import NotSent
from channels.courier import ATTEMPTS, FIRST_S, LEASE_S
from channels.rates import Rates
from contracts.messages import Channel, Step
from contracts.records import ChannelEntry
from contracts.sending import Sending, Status
from tests.courier_world import PHONE, Kept, Provider, courier_world, maria, sending, waits

pytestmark = pytest.mark.unit


async def test_a_reply_goes_out_in_order_and_the_outbox_is_told(tmp_path: Path) -> None:
    whatsapp = Provider()
    async with courier_world(tmp_path, whatsapp) as world:
        await world.heard()
        await world.put(sending("turn:a", "One.", "Two."), sending("turn:b", "Three."))
        assert await world.courier.drain() == 2
        assert whatsapp.texts == ["One.", "Two.", "Three."]
        assert world.kept.status("turn:a") is Status.SENT
        assert world.kept.messages["turn:a"].text == "One.\nTwo."
        assert world.kept.ids == {
            "whatsapp-turn:a:0": "turn:a",
            "whatsapp-turn:a:1": "turn:a",
            "whatsapp-turn:b:0": "turn:b",
        }


async def test_a_sending_that_says_nothing_is_done(tmp_path: Path) -> None:
    async with courier_world(tmp_path, Provider()) as world:
        await world.heard()
        step = Step(tool="look_up", label="Looking", status="done")
        await world.put(sending("turn:a", parts=(step,)))
        await world.courier.drain()
        assert await world.queue.waiting() == 0
        assert world.kept.messages["turn:a"].reason == "nothing to be sent"


# --- attempts -------------------------------------------------------------------------------------


async def test_what_is_throttled_comes_again_behind_what_was_taken(tmp_path: Path) -> None:
    whatsapp = Provider(script=[None, waits(30.0)])
    async with courier_world(tmp_path, whatsapp) as world:
        await world.heard()
        await world.put(sending("turn:a", "One.", "Two."), sending("turn:b", "Three."))
        await world.courier.drain()
        assert whatsapp.texts == ["One."]
        assert await world.later(29) == 0, "not before the provider said"
        await world.later(1 + FIRST_S)
        assert whatsapp.texts == ["One.", "Two.", "Three."]
        assert whatsapp.handed == 4, "what was taken was not handed over again"


async def test_attempts_end_and_are_apart(tmp_path: Path) -> None:
    whatsapp = Provider(script=[waits(0.0)] * 20)
    async with courier_world(tmp_path, whatsapp) as world:
        await world.heard()
        await world.put(sending("turn:a"))
        passed, tried = 0, []
        await world.courier.drain()
        while await world.queue.waiting():
            passed += 1
            if await world.later(1):
                tried.append(passed)
        assert len(tried) == ATTEMPTS - 1
        assert passed < 15 * 60
        ceilings = [FIRST_S * 2**n for n in range(ATTEMPTS - 1)]
        gaps = [b - a for a, b in zip([0, *tried], tried, strict=False)]
        assert all(gap <= most + 1 for gap, most in zip(gaps, ceilings, strict=True))
        assert world.kept.messages["turn:a"].status is Status.FAILED
        assert world.kept.messages["turn:a"].reason == "throttled"
        assert whatsapp.texts == []


async def test_what_is_never_taken_is_given_up_at_once(tmp_path: Path) -> None:
    whatsapp = Provider(script=[NotSent("no such number")])
    async with courier_world(tmp_path, whatsapp) as world:
        await world.heard()
        await world.put(sending("turn:a"), sending("turn:b"))
        await world.courier.drain()
        assert world.kept.messages["turn:a"].reason == "no such number"
        assert whatsapp.texts == ["text of turn:b"], "the next goes its way"


async def test_an_error_of_ours_is_tried_again_and_told_to_nobody(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    whatsapp = Provider(script=[ValueError("Maria Alvarez")] * ATTEMPTS)
    async with courier_world(tmp_path, whatsapp) as world:
        await world.heard()
        await world.put(sending("turn:a"))
        with caplog.at_level(logging.INFO):
            for _ in range(ATTEMPTS):
                await world.later(FIRST_S * 2**ATTEMPTS)
        assert world.kept.messages["turn:a"].reason == "an error of ours: ValueError"
        assert await world.queue.waiting() == 0
    assert not any(PHONE in str(vars(record)) for record in caplog.records)


async def test_a_provider_that_does_not_answer(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(courier_module, "ATTEMPT_S", 0.01)
    whatsapp = Provider(script=[asyncio.Event().wait])
    async with courier_world(tmp_path, whatsapp) as world:
        await world.heard()
        await world.put(sending("turn:a"))
        await world.courier.drain()
        assert whatsapp.texts == []
        await world.later(FIRST_S)
        assert whatsapp.texts == ["text of turn:a"]


async def test_a_courier_that_dies_after_the_provider_took_it(tmp_path: Path) -> None:
    """Another one takes it up when the lease ends; the customer gets each message once."""
    kept, whatsapp = Kept(maria()), Provider()
    async with courier_world(tmp_path, whatsapp, kept=kept) as first:
        await first.heard()
        await first.put(sending("turn:a", "One.", "Two."), sending("turn:b", "Three."))
        claimed = await first.queue.claim(LEASE_S)
        assert claimed is not None
        messages = whatsapp.deliver(claimed.sending)
        await anext(messages)
        await first.queue.progress(claimed, 1)
        await anext(messages)  # and here it dies
        assert whatsapp.handed == 2
    clock = first.clock
    async with courier_world(tmp_path, whatsapp, kept=kept, clock=clock) as second:
        assert await second.later(LEASE_S - 1) == 0
        assert await second.later(1) == 2
    assert whatsapp.texts == ["One.", "Two.", "Three."]
    assert whatsapp.handed == 4
    assert kept.status("turn:a") is Status.SENT


async def test_records_that_are_down_hold_up_what_was_not_asked_for(tmp_path: Path) -> None:
    whatsapp = Provider()
    async with courier_world(tmp_path, whatsapp) as world:
        await world.heard()
        world.kept.down = True
        await world.put(sending("turn:a", "Leave the house now."))
        await world.courier.drain()
        assert whatsapp.texts == ["Leave the house now."]
        await world.put(sending("n", "A reminder.", purpose="payment due"))
        await world.courier.drain()
        assert whatsapp.texts == ["Leave the house now."], "they might have said STOP"
        world.kept.down = False
        await world.later(5)
        assert whatsapp.texts == ["Leave the house now.", "A reminder."]


# --- STOP -----------------------------------------------------------------------------------------


async def test_stop_holds_back_what_was_not_asked_for(tmp_path: Path) -> None:
    whatsapp, sms = Provider(), Provider(Channel.SMS, None)
    async with courier_world(tmp_path, whatsapp, sms) as world:
        await world.heard()
        world.kept.stops.add((Channel.WHATSAPP, PHONE))
        await world.put(
            sending("n", purpose="outage update"),
            sending("turn:a", "Here is your balance."),
            sending("c", "Your code is 123456.", purpose="one-time code"),
        )
        await world.courier.drain()
        assert whatsapp.texts == ["Here is your balance.", "Your code is 123456."]
        assert world.kept.status("n") is Status.REFUSED
        assert "STOP" in world.kept.messages["n"].reason
        assert sms.texts == [], "nor is it told elsewhere"


# --- codes ----------------------------------------------------------------------------------------


async def test_a_code_that_expired_is_not_sent(tmp_path: Path) -> None:
    whatsapp, sms = Provider(script=[waits(200.0)]), Provider(Channel.SMS, None)
    async with courier_world(tmp_path, whatsapp, sms) as world:
        await world.heard()
        await world.put(sending("c", "Your code is 123456.", purpose="one-time code"))
        await world.courier.drain()
        await world.later(301)
        assert world.kept.messages["c"].reason == "the code has expired"
        assert (whatsapp.texts, sms.texts) == ([], []), "nor does it go anywhere else"


# --- numbers and rates ----------------------------------------------------------------------------


async def test_the_number_says_which_provider(tmp_path: Path) -> None:
    acs, infobip = Provider(Channel.SMS, None), Provider(Channel.SMS, None, "infobip")

    async def numbers(message: Sending) -> ChannelEntry | None:
        if message.sender != "ib":
            return None
        return ChannelEntry(
            channel_id="two",
            registration_id="ib",
            name="Second",
            type=Channel.SMS,
            provider="infobip",
            number="+15035550199",
        )

    async with courier_world(tmp_path, acs, infobip, numbers=numbers) as world:
        await world.put(
            sending("a", channel=Channel.SMS, sender="ib"), sending("b", channel=Channel.SMS)
        )
        await world.courier.drain()
        assert (infobip.texts, acs.texts) == (["text of a"], ["text of b"])


async def test_a_number_sends_no_faster_than_its_rate() -> None:
    now, slept = [0.0], []

    async def sleep(seconds: float) -> None:
        slept.append(round(seconds, 6))
        now[0] += seconds

    rates = Rates({Channel.SMS: 2.0}, now=lambda: now[0], sleep=sleep)
    for _ in range(5):
        await rates.take(Channel.SMS, "one")
    assert slept == [0.5, 0.5, 0.5], "two at once, then two a second"
    await rates.take(Channel.SMS, "another")
    assert len(slept) == 3, "each number has its own"
    now[0] += 60
    rates.give_back(Channel.SMS, "one")
    for _ in range(3):
        await rates.take(Channel.SMS, "one")
    assert slept[3:] == [0.5], "a quiet minute is not saved up"


async def test_only_messages_count_for_the_rate(tmp_path: Path) -> None:
    slept: list[float] = []

    async def sleep(seconds: float) -> None:
        slept.append(seconds)

    sms = Provider(Channel.SMS, None)
    rates = Rates({Channel.SMS: 4.0}, now=lambda: 0.0, sleep=sleep)
    async with courier_world(tmp_path, sms, rates=rates) as world:
        await world.put(*(sending(f"k{n}", channel=Channel.SMS) for n in range(4)))
        await world.courier.drain()
        assert slept == [0.25], "the end of the fourth is no message"
        assert len(sms.taken) == 4


# --- the loop -------------------------------------------------------------------------------------


async def test_it_is_woken_and_serves_customers_at_once(tmp_path: Path) -> None:
    """Eight customers' messages are with the provider at the same time, and no ninth."""
    whatsapp = Provider()
    entered, out, most = asyncio.Semaphore(0), asyncio.Event(), [0, 0]

    async def slow() -> None:
        most[0] += 1
        most[1] = max(most)
        entered.release()
        await out.wait()
        most[0] -= 1

    whatsapp.script = [slow] * 12
    sms = Provider(Channel.SMS, None)
    async with courier_world(tmp_path, whatsapp, sms) as world:
        world.courier.start()
        for n in range(12):
            address = f"+1503555{n:04}"
            await world.put(sending(f"k{n}").model_copy(update={"address": address}))
        async with asyncio.timeout(10):
            for _ in range(8):
                await entered.acquire()
            out.set()
            for _ in range(4):
                await entered.acquire()
            while await world.queue.waiting():
                await asyncio.sleep(0)
        assert most[1] == 8
        assert len(whatsapp.taken) == 12


async def test_closing_waits_for_what_is_being_sent(tmp_path: Path) -> None:
    begun, out = asyncio.Event(), asyncio.Event()

    async def slow() -> None:
        begun.set()
        await out.wait()

    whatsapp = Provider(script=[slow])
    async with courier_world(tmp_path, whatsapp) as world:
        await world.heard()
        world.courier.start()
        await world.put(sending("turn:a"))
        async with asyncio.timeout(10):
            await begun.wait()
            closing = asyncio.create_task(world.courier.close())
            for _ in range(50):  # it has had every chance to give up
                await asyncio.sleep(0)
            out.set()
            await closing
        assert whatsapp.texts == ["text of turn:a"]
        assert await world.queue.waiting() == 0
