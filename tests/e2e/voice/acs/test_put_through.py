"""A caller who asks for a person: it rings at the agents' desk, and what comes of that."""

from __future__ import annotations

import asyncio
from contextlib import aclosing

import httpx
import pytest

from contracts.demo import AGENTS_NUMBER
from contracts.records import CallEventKind
from emulator.calling.caller import Caller, answering, ringing
from tests.calling import tone
from tests.ringing import Exchange
from tests.site import eventually

pytestmark = pytest.mark.e2e

MARIA = "+15550101"
PERSON = "let me talk to a person please"
LONG_S = 60.0  # a summary


def voice(exchange: Exchange, monkeypatch: pytest.MonkeyPatch, seconds: float) -> None:
    """What ACS says takes so long."""

    async def speak(_text: str, _language: str) -> bytes:
        return tone(seconds)

    monkeypatch.setattr(exchange.site.emulator.calls.plays, "speak", speak)


async def rings(exchange: Exchange) -> str:
    """The call that rings at the desk, once one does."""
    async with aclosing(ringing(exchange.site.url, AGENTS_NUMBER)) as calls:
        return await anext(calls)


async def declined(exchange: Exchange, call_id: str) -> None:
    async with httpx.AsyncClient(base_url=exchange.site.url, trust_env=False) as desk:
        number = {"number": AGENTS_NUMBER}
        answer = await desk.post(f"/emulator/api/calls/{call_id}/decline", json=number)
    assert answer.status_code == 200


def loud(phone: Caller, since: float) -> bool:
    """Whether anything was heard at a phone."""
    return any(it.at >= since and not it.is_quiet for it in phone.heard)


async def test_who_takes_the_call_is_told_alone_and_then_has_it(
    exchange: Exchange, monkeypatch: pytest.MonkeyPatch
) -> None:
    voice(exchange, monkeypatch, 1.0)
    async with exchange.call(MARIA) as maria:
        await exchange.hear(maria)
        assert "putting you through" in await exchange.ask(maria, PERSON)
        async with answering(exchange.site.url, AGENTS_NUMBER) as person:
            await person.until(lambda: person.texts)
            began = maria.now
            assert "Maria Alvarez" in person.texts[0]
            summary = await person.listen_until_quiet(0.2)
            assert len(summary) == len(tone(1.0))  # all of it

            async def left() -> bool:
                return not (await person.shown()).with_us

            assert await eventually(left)
            assert not maria.texts
            assert not loud(maria, began)
            await person.say(tone(0.2))
            await maria.until(lambda: loud(maria, began))
            await person.hang_up()
        assert await maria.over() == "the phone rang off"
        assert (await exchange.ended(maria)).outcome == "transferred"


async def test_a_call_that_is_declined_goes_on(exchange: Exchange) -> None:
    async with exchange.call(MARIA) as maria:
        await exchange.hear(maria)
        assert "putting you through" in await exchange.ask(maria, PERSON)
        await declined(exchange, await rings(exchange))
        assert "nobody is free" in await exchange.hear(maria)
        ended = [it for it in (await exchange.record(maria)).events if it.detail]
        told = [it.detail for it in ended if it.kind is CallEventKind.TRANSFER_ENDED]
    assert told == ["nobody took it"]


async def test_a_call_that_nobody_takes_rings_no_longer_than_it_should(exchange: Exchange) -> None:
    async with exchange.call(MARIA) as maria:
        line = await exchange.line(maria, ring_s=1.0)
        assert not await line.transfer(AGENTS_NUMBER, "Maria asks about her bill.", "en")
        shown = await maria.shown()
    assert (shown.ringing, shown.with_us) == ((), True)


async def test_who_takes_it_and_hangs_up_at_once_has_not_taken_it(
    exchange: Exchange, monkeypatch: pytest.MonkeyPatch
) -> None:
    voice(exchange, monkeypatch, LONG_S)
    async with exchange.call(MARIA) as maria:
        line = await exchange.line(maria)
        transfer = asyncio.create_task(line.transfer(AGENTS_NUMBER, "Maria asks about it.", "en"))
        async with answering(exchange.site.url, AGENTS_NUMBER) as person:
            await person.until(lambda: person.texts)  # the summary has begun
            await person.hang_up()
        assert not await transfer
        shown = await maria.shown()
    assert (shown.participants, shown.with_us) == ((MARIA,), True)


async def test_it_does_not_ring_on_for_a_caller_who_has_gone(exchange: Exchange) -> None:
    async with exchange.call(MARIA) as maria:
        line = await exchange.line(maria)
        transfer = asyncio.create_task(line.transfer(AGENTS_NUMBER, "Maria asks about it.", "en"))
        await rings(exchange)
        await maria.hang_up()
        await exchange.ended(maria)
        transfer.cancel()
        shown = await maria.shown()
    assert (shown.state, shown.ringing) == ("ended", ())
