"""A call whose process is killed: the caller hears that we are sorry, and goes on."""

from __future__ import annotations

from pathlib import Path

import pytest

from app.build import open_app
from contracts.messages import Channel
from contracts.records import CallEventKind, CallRecord
from emulator.api import NewPhone
from emulator.calling.caller import Caller
from emulator.config import NUMBERS
from stores.embedded import Servers
from tests.calling_process import calling_process
from tests.emulated import QUICK, EmulatedSite
from tests.fresh import emptied, settings_on
from tests.ringing import Exchange, taken_calls
from tests.scripted_speech import Script, ScriptedEngines
from tests.site import RunningSite, eventually, serving
from ui.emulation import Emulation, emulated
from ui.server import listen

pytestmark = pytest.mark.e2e

MARIA = "+15550101"
TEXTS = ["hi my power is out", "that is all thank you goodbye"]


async def test_a_call_of_a_killed_process_goes_on_in_another(
    servers: Servers, trained: Path, tmp_path: Path
) -> None:
    with listen("127.0.0.1", 0) as listening:
        port = listening.getsockname()[1]
    base = settings_on(servers, tmp_path, trained, port=port, emulator_port=0)
    grid = {"scale": QUICK, "connect_every_s": 0.02}
    async with emptied(base), emulated(base, grid=grid, carry_s=0.0) as (given, phone):
        assert phone is not None
        introduce(phone)
        async with calling_process(given, TEXTS) as process:
            phone.start()
            await taken_calls(phone.emulator)
            caller = await Caller(phone.url, MARIA).__aenter__()
            await caller.listen_until_quiet(0.6)
            script = Script(list(TEXTS))
            await caller.say(b"".join(script.said(TEXTS[0])) + bytes(32_000))
            assert await caller.listen_until_quiet(0.6, within_s=3.0)  # in the middle of the answer
            process.kill()
        engines = ScriptedEngines(script)
        with listen("127.0.0.1", port) as listening:
            async with open_app(given, engines=engines) as app, serving(app, listening):
                site = EmulatedSite(RunningSite(app, given.base_url), phone.emulator, phone.url)
                exchange = Exchange(site, script, engines)
                await goes_on(exchange, caller)
                await caller.__aexit__()


async def goes_on(exchange: Exchange, caller: Caller) -> None:
    await caller.until(lambda: any("lost you" in text for text in caller.texts))
    said = ""
    while "I'm here again" not in said:  # after what the killed one had sent
        said = await exchange.hear(caller)
        assert not caller.reason
    assert "ake care" in await exchange.ask(caller, TEXTS[1])
    await caller.hang_up()
    record = await exchange.ended(caller)
    assert (record.outcome, record.worker) == ("completed", exchange.app.voice.pulse.me)
    assert CallEventKind.ERROR_OCCURRED in [event.kind for event in record.events]
    await the_thread_is_whole(exchange, record)


async def the_thread_is_whole(exchange: Exchange, record: CallRecord) -> None:
    async def both() -> bool:
        await exchange.app.archiver.drain()
        turns = await exchange.app.records.transcripts.recent(record.customer_id, 10)
        heard = [turn for turn in turns if turn.said]
        sessions = {turn.session_id for turn in turns if turn.channel is Channel.VOICE}
        return [turn.said for turn in heard] == TEXTS and len(sessions) == 1

    assert await eventually(both)


def introduce(phone: Emulation) -> None:
    phone.emulator.state.introduce(
        numbers=NUMBERS, phones=[NewPhone(number=MARIA, name="Maria Alvarez")]
    )
