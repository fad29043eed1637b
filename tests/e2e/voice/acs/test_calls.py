"""Whole calls by Event Grid, Call Automation and the media socket, as Azure carries them."""

from __future__ import annotations

import asyncio

import httpx
import pytest

from contracts.records import CallEventKind
from emulator.api import Chaos
from emulator.calling.caller import NotAnswered
from tests.ringing import Exchange
from tests.site import eventually

pytestmark = pytest.mark.e2e

MARIA, WEI = "+15550101", "+15550103"


async def test_a_caller_is_recognised_answered_and_rings_off(exchange: Exchange) -> None:
    async with exchange.call(MARIA) as maria:
        greeting = await exchange.hear(maria)
        assert greeting.startswith("Hello Maria"), greeting
        answer = await exchange.ask(maria, "hi my power is out")
        assert "Alder Street" in answer
        await maria.hang_up()
        record = await exchange.ended(maria)
    assert (record.outcome, record.address, record.direction) == ("completed", MARIA, "inbound")
    assert record.worker == exchange.app.voice.pulse.me
    kinds = [event.kind for event in record.events]
    assert kinds.count(CallEventKind.CALL_STARTED) == kinds.count(CallEventKind.CALL_ENDED) == 1
    assert CallEventKind.PARTICIPANT_JOINED in kinds
    assert MARIA not in str([event.detail for event in record.events])


async def test_events_that_come_twice_and_out_of_order_answer_a_call_once(
    exchange: Exchange,
) -> None:
    calls = exchange.site.emulator.calls
    calls.behave(Chaos(duplicates=1.0, shuffle=True, batch=5))
    try:
        async with exchange.call(MARIA) as maria:
            assert "Maria" in await exchange.hear(maria)
            await maria.hang_up()
            record = await exchange.ended(maria)
    finally:
        calls.behave(Chaos())
    kinds = [event.kind for event in record.events]
    assert kinds.count(CallEventKind.CALL_STARTED) == kinds.count(CallEventKind.CALL_ENDED) == 1


async def test_an_answer_that_fails_at_first_is_tried_again(exchange: Exchange) -> None:
    exchange.faults(answers=1, answer_status=503)
    async with exchange.call(MARIA) as maria:
        assert "Maria" in await exchange.hear(maria)


async def test_a_call_that_azure_refuses_for_good_is_over(exchange: Exchange) -> None:
    exchange.faults(answers=1, answer_status=404)
    before = {call.call_id for call in await exchange.app.records.calls.open()}
    calling = asyncio.create_task(_dial(exchange, MARIA))

    async def refused() -> bool:
        return exchange.site.emulator.calls.exchange.faults.answers == 0

    await eventually(refused)
    calling.cancel()
    await asyncio.gather(calling, return_exceptions=True)

    async def nothing_new() -> bool:
        return {call.call_id for call in await exchange.app.records.calls.open()} <= before

    assert await eventually(nothing_new)


async def test_who_hides_the_number_is_a_stranger_and_keeps_the_session(exchange: Exchange) -> None:
    async with exchange.call("") as stranger:
        assert "Hello, this is" in await exchange.hear(stranger)
        record = await exchange.record(stranger)
    assert record.address == f"anonymous-{record.call_id}"
    assert record.customer_id.startswith("anon-")


async def test_a_number_that_is_switched_off_takes_no_calls(exchange: Exchange) -> None:
    numbers = exchange.app.numbers
    await numbers.switch("channel", "voice", on=False, who="test")
    try:
        with pytest.raises(NotAnswered, match="forbidden"):
            await _dial(exchange, MARIA)
    finally:
        await numbers.switch("channel", "voice", on=True, who="test")


async def test_keys_are_heard(exchange: Exchange) -> None:
    async with exchange.call(MARIA) as maria:
        await exchange.hear(maria)
        await maria.press("5")
        await maria.hang_up()
        record = await exchange.ended(maria)
    assert CallEventKind.DTMF_RECEIVED in [event.kind for event in record.events]


async def test_the_wrong_sample_rate_is_refused_with_an_apology(
    exchange: Exchange, caplog: pytest.LogCaptureFixture
) -> None:
    exchange.faults(sample_rate=8_000)
    async with exchange.call(MARIA) as maria:
        assert await maria.over()
        assert any("can't hear you" in text for text in maria.texts)
        assert (await exchange.ended(maria)).outcome == "failed"
    assert any("16000 Hz" in str(getattr(it, "why", "")) for it in caplog.records)


async def test_malformed_messages_are_skipped(
    exchange: Exchange, caplog: pytest.LogCaptureFixture
) -> None:
    exchange.faults(malformed_every=50)
    async with exchange.call(MARIA) as maria:
        assert "Maria" in await exchange.hear(maria)
    said = [it for it in caplog.records if it.getMessage() == "a media message can't be read"]
    assert len(said) == 1


async def test_a_stream_that_is_lost_comes_back_in_the_same_call(exchange: Exchange) -> None:
    exchange.faults(drop_after_s=2.0)
    async with exchange.call(MARIA) as maria:
        await maria.until(lambda: any("lost you" in text for text in maria.texts))
        exchange.faults()
        call, acs = await exchange.record(maria), exchange.app.voice.acs
        assert acs is not None
        session = acs.sockets._sessions[call.call_id]

        async def back() -> bool:
            return not session.lost

        assert await eventually(back)  # what is said before nobody hears
        await exchange.hear(maria)  # what there was of the greeting
        assert "ake care" in await exchange.ask(maria, "that is all thank you goodbye")
        await maria.hang_up()
        record = await exchange.ended(maria)
    assert record.outcome == "completed"
    assert CallEventKind.ERROR_OCCURRED in [event.kind for event in record.events]


async def test_nobody_takes_a_transfer(exchange: Exchange) -> None:
    async with exchange.call(WEI) as wei:
        await exchange.hear(wei)
        line = await exchange.line(wei, ring_s=1.0)
        assert not await line.transfer("+15035550199", "Wei asks about his bill.", "en")
        assert (await wei.shown()).with_us


async def test_a_recording_is_kept_by_its_id_and_noted(exchange: Exchange) -> None:
    async with exchange.call(WEI) as wei:
        await exchange.hear(wei)
        line = await exchange.line(wei)
        where = await line.record()
        assert where

        async def kept() -> bool:
            return (await exchange.record(wei)).recording == where

        assert await eventually(kept)
        await wei.hang_up()


async def test_a_server_that_is_stopped_says_sorry_in_its_calls(exchange: Exchange) -> None:
    async with exchange.call(MARIA) as maria:
        await exchange.hear(maria)
        await exchange.app.voice.farewell()
        assert await maria.over() == "the utility rang off"
        assert any("have to end our call" in text for text in maria.texts)
        assert await exchange.ended(maria)


async def test_a_post_of_a_stranger_answers_no_call(exchange: Exchange) -> None:
    url = f"{exchange.site.site.base_url}/api/v1/calls/events"
    async with httpx.AsyncClient(trust_env=False) as client:
        refused = await client.post(url, json=[])
        options = await client.options(
            url, headers={"WebHook-Request-Origin": "eventgrid.azure.net"}
        )
    assert (refused.status_code, options.status_code) == (401, 200)
    assert options.headers["webhook-allowed-origin"] == "eventgrid.azure.net"


async def _dial(exchange: Exchange, number: str, to: str = "") -> None:
    async with exchange.call(number, to):
        return
