"""The story where Redis can't run: the memory in SQLite."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest

from tests.conftest import OpenTalk
from tests.e2e.test_story import MARIA, REFRESH, balance, paid_in_full, storm, verified
from tests.talk import Talk

pytestmark = pytest.mark.e2e


@pytest.fixture
async def talk(open_talk: OpenTalk) -> AsyncIterator[Talk]:
    async with open_talk(settings={"checkpointer": "sqlite"}) as opened:
        assert opened.app.memory.kind == "sqlite"
        yield opened


async def test_the_start_says_plainly_where_threads_are_kept(talk: Talk) -> None:
    assert any("SQLite" in notice for notice in talk.app.notices)


async def test_the_story_runs_on_sqlite(talk: Talk) -> None:
    first = await talk.say("voice", MARIA, "Hi, my power is out")
    assert first.agent == "outage"
    await storm(talk)
    talk.clock.advance(REFRESH)
    offered = await talk.say("voice", MARIA, "How long is it going to take?")
    assert offered.offer is not None
    await talk.say("voice", MARIA, "yes please")
    await verified(talk)
    owed = await balance(talk)
    asked = await talk.say("whatsapp", MARIA, "pay it")
    assert asked.pending is not None
    paid = await talk.say("voice", MARIA, "yes")
    await paid_in_full(talk, owed, paid.reply)
    numbers = await talk.context("voice", MARIA)
    assert numbers["turns"] == paid.number == 7
