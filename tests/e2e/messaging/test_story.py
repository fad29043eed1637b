"""The storm story over the wire."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from datetime import timedelta
from functools import partial
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
from redis.asyncio import Redis

from contracts.clock import PinnedClock
from contracts.messages import Channel
from contracts.settings import Settings
from stores.embedded import Servers
from tests.emulated import EmulatedSite, open_emulated
from tests.talk import Talk
from tests.e2e.test_story import storm, REFRESH
from tests.e2e.maria import details

pytestmark = pytest.mark.e2e
MARIA = "+15550101"


@asynccontextmanager
async def _opened(servers, data, clock, proactive=False):
    redis = Redis.from_url(servers.redis_url)
    await redis.flushall()
    await redis.aclose()
    settings = Settings(
        THROUGHLINE_DATA=data,
        redis_url=servers.redis_url,
        mongodb_uri=servers.mongodb_uri,
        mongodb_database=f"test_{uuid4().hex[:12]}",
        seed_customers=12,
        proactive=proactive,
    )
    async with open_emulated(settings, clock=clock) as opened:
        yield opened
        await opened.app.database.client.drop_database(settings.mongodb_database)


@pytest.fixture
def opening(servers, trained, tmp_path, clock):
    (tmp_path / "models").symlink_to(trained)
    return partial(_opened, servers, tmp_path, clock)


def show(phone):
    for m in phone.messages():
        print("   ", m.direction, m.kind, m.template, m.status, repr(m.text), [b.title for b in m.buttons], m.link, m.file and m.file.name, m.reason)



async def test_b(opening, clock):
    async with opening() as site:
        phone = await site.phone_of("Maria")
        for who in await site.app.records.customers.demo():
            print(who.first_name, who.alerts, who.story, [c.value for c in who.contacts])
        for said in ("What do I owe?", await details(Talk(site.app, clock)), "pay it"):
            await phone.ask(said)
            await site.emulator.settled()
        await phone.press("Yes")
        await phone.expect(lambda m: m.file is not None and "eceipt" in m.text)
        await site.emulator.settled()
        show(phone)
        print("-- thanks")
        await phone.ask("thanks!")
        await site.emulator.settled()
        mail = phone.on(Channel.EMAIL)
        sms = phone.on(Channel.SMS)
        await sms.ask("Is there an outage at my home?")
        await sms.ask("How long will it take?")
        await sms.ask("What do I owe?")
        await site.emulator.settled()
        show(sms)
        await mail.ask("What did I pay last?", subject="My bill")
        await site.emulator.settled()
        show(mail)
        print('--- map')
        await phone.ask("Hello")
        await site.emulator.settled()
        await site.app.numbers.map_to("whatsapp", "usage", who="test")
        for said in ("Hello again", "How much power did I use last month?", "thanks"):
            await phone.ask(said)
            await site.emulator.settled()
        show(phone)
        identity = await site.app.gateway.identify(Channel.WHATSAPP, MARIA)
        for t in await site.app.gateway.recent(identity, 50):
            print(t.channel, repr(t.said), repr(t.reply[:80]), t.delivery, t.agent, t.identity)


async def test_c(opening, clock):
    async with opening(proactive=True) as site:
        phone = await site.phone_of("Hannah")
        hannah = await site.site.customer("Hannah")
        account = await site.app.records.accounts.get(hannah.account_number)
        premise = await site.app.records.accounts.premise(account.premise_id)
        await phone.on(Channel.SMS).ask("hello")
        await phone.ask("hello")
        clock.advance(timedelta(hours=25))
        from app.jobs import jobs_of
        outages = site.app.records.outages
        o, new = await outages.report(key="r1", premise=premise, kind="electric", description="dark", at=clock.now())
        print(o, new)
        for _, job in jobs_of(site.app): await job()
        print(len(phone.messages()))
        await outages.revise(o.outage_id, at=clock.now(), status="confirmed", eta=clock.now()+timedelta(hours=3), cause="a tree on a power line")
        await phone.expect(lambda m: m.template == "outage_found")
        for _, job in jobs_of(site.app): await job()
        await site.emulator.settled()
        await phone.ask("how long will it take?")
        await site.emulator.settled()
        show(phone)
        print("sms")
        show(phone.on(Channel.SMS))
        for box in await site.app.records.outbox.recent(50):
            print(box.key, box.status, box.purpose, box.channel)
        identity = await site.app.gateway.identify(Channel.WHATSAPP, phone.number)
        for t in await site.app.gateway.recent(identity, 50):
            print(t.channel, repr(t.said), repr(t.reply[:80]), t.delivery, t.agent, t.identity)
