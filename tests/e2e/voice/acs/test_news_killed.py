"""The process that rings a customer is killed: another goes on, and the phone rings once."""

from __future__ import annotations

from pathlib import Path

import pytest

from app.build import App, open_app
from contracts.messages import Channel
from contracts.records import Subscription
from emulator.api import NewPhone
from emulator.calling.caller import Caller, ringing
from emulator.config import NUMBERS
from stores.embedded import Servers
from tests.calling_process import calling_process
from tests.emulated import QUICK, EmulatedSite
from tests.fresh import emptied, settings_on
from tests.ringing import Exchange, taken_calls
from tests.scripted_speech import Script, ScriptedEngines
from tests.site import RunningSite, eventually, serving
from ui.emulation import emulated
from ui.server import listen

pytestmark = pytest.mark.e2e

WALTER = "+15550110"


async def test_a_call_with_news_whose_process_is_killed_rings_once(
    servers: Servers, trained: Path, tmp_path: Path
) -> None:
    with listen("127.0.0.1", 0) as listening:
        port = listening.getsockname()[1]
    base = settings_on(servers, tmp_path, trained, port=port, emulator_port=0)
    grid = {"scale": QUICK, "connect_every_s": 0.02}
    async with emptied(base), emulated(base, grid=grid, carry_s=0.0) as (given, phone):
        assert phone is not None
        walter = NewPhone(number=WALTER, name="Walter Griggs")
        phone.emulator.state.introduce(numbers=NUMBERS, phones=[walter])
        async with open_app(given, worker=False) as beside:
            await is_back(beside)
            async with calling_process(given, []) as process:
                phone.start()
                await taken_calls(phone.emulator)
                calls = ringing(phone.url, WALTER)
                call_id = await anext(calls)
                await calls.aclose()
                await became(beside, "sent")
                process.kill()
        script = Script()
        engines = ScriptedEngines(script)
        with listen("127.0.0.1", port) as listening:
            async with open_app(given, engines=engines) as app, serving(app, listening):
                site = EmulatedSite(RunningSite(app, given.base_url), phone.emulator, phone.url)
                async with Caller(phone.url, WALTER, answering=call_id) as caller:
                    said = await Exchange(site, script, engines).hear(caller)
                    assert "The power at fifteen Chapel Street is back." in said
                    await caller.hang_up()
                await became(app, "delivered")
                who = await app.gateway.identify(Channel.VOICE, WALTER)
                assert len(await app.records.calls.of(who.customer_id, 10)) == 1


async def is_back(app: App) -> None:
    """Walter asked to be called about an outage that is over."""
    records, now = app.records, app.clock.now()
    walter = await records.customers.by_contact(Channel.VOICE, WALTER)
    assert walter is not None
    account = await records.accounts.get(walter.account_number)
    assert account is not None
    premise = await records.accounts.premise(account.premise_id)
    assert premise is not None
    outage, _ = await records.outages.report(
        key="dark", premise=premise, kind="electric", description="dark", at=now
    )
    await records.outages.subscribe(
        Subscription(
            outage_id=outage.outage_id,
            customer_id=walter.customer_id,
            channel=Channel.VOICE,
            address=WALTER,
            told=outage.revisions,
            at=now,
        )
    )
    await records.outages.revise(outage.outage_id, at=now, status="restored")


async def became(app: App, status: str) -> None:
    """Returns once that is what is known of the one call with news."""

    async def look() -> bool:
        return [it.status.value for it in await app.records.outbox.recent(10)] == [status]

    await eventually(look)
