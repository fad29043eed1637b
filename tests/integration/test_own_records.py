"""The product on a utility's own system: the example of docs/records.md."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from app.build import App, open_app
from contracts.clock import PinnedClock
from contracts.errors import ConfigurationError
from contracts.messages import Channel
from contracts.settings import Settings
from docs.examples import records_sqlite as sqlite
from evals.scripted import OneModel, ScriptedChatModel
from stores.mongo.billing import MongoBilling
from tests.samples import HERS, HOME, MARIA

pytestmark = pytest.mark.integration

MODEL = OneModel(ScriptedChatModel(script=["Hello."]))
EXAMPLE = "docs.examples.records_sqlite:open_records"


@pytest.fixture
async def app(
    settings: Settings, clock: PinnedClock, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> AsyncIterator[App]:
    monkeypatch.chdir(tmp_path)
    own = settings.model_copy(update={"records": EXAMPLE})
    async with open_app(own, clock=clock, models=MODEL, worker=False) as opened:
        yield opened
        await opened.database.client.drop_database(settings.mongodb_database)


async def test_customers_come_from_the_own_system(app: App, tmp_path: Path) -> None:
    system = sqlite.System(tmp_path / "utility.sqlite")
    await system.open()
    await system.run(lambda c: sqlite.put_customer(c, MARIA))
    await system.run(lambda c: sqlite.put_account(c, HERS))
    await system.run(lambda c: sqlite.put_premise(c, HOME))
    await system.close()
    assert await app.services.records.customers.get(MARIA.customer_id) == MARIA
    assert await app.records.accounts.premise(HOME.premise_id) == HOME
    known = await app.directory.resolve(Channel.SMS, MARIA.contacts[0].value)
    assert known.customer_id == MARIA.customer_id


async def test_the_rest_stays_and_nothing_is_seeded(app: App) -> None:
    assert isinstance(app.records.billing, MongoBilling)
    for name in ("customers", "accounts", "premises", "seed"):
        assert await app.database[name].count_documents({}) == 0


@pytest.mark.parametrize(
    "name", ["no_such_module:open", "docs.examples.records_sqlite:nothing", "x"]
)
async def test_a_name_of_nothing_is_said_at_the_start(settings: Settings, name: str) -> None:
    wrong = settings.model_copy(update={"records": name})
    with pytest.raises(ConfigurationError, match=r"package\.module:function"):
        async with open_app(wrong, models=MODEL, worker=False):
            pass
