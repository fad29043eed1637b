import socket
from collections.abc import Iterator
from typing import Any

import pytest

from cli.check_messaging import messaging
from cli.checks import Check
from contracts.settings import Settings
from emulator.acs import create_emulator
from emulator.config import EmulatorConfig, Subscription, key_of
from emulator.serving import listen, served

pytestmark = pytest.mark.unit


@pytest.fixture
def taken() -> Iterator[int]:
    """A port that somebody listens on."""
    with socket.create_server(("127.0.0.1", 0)) as listening:
        yield listening.getsockname()[1]


@pytest.fixture
def free() -> int:
    with socket.create_server(("127.0.0.1", 0)) as listening:
        return int(listening.getsockname()[1])


async def found(**given: Any) -> Check:
    (check,) = await messaging(Settings(_env_file=None, **given))
    return check


async def test_an_emulator_will_be_started(free: int) -> None:
    check = await found(emulator_port=free)
    assert check.state == "ok"
    assert (
        check.what == f"throughline serve starts an emulator of Azure at http://127.0.0.1:{free}/"
    )


async def test_a_running_emulator_is_seen() -> None:
    emulator = create_emulator(EmulatorConfig(key_of(b"x"), Subscription("http://127.0.0.1:1/")))
    with listen(0) as listening:
        async with served(emulator, listening):
            check = await found(emulator_port=listening.getsockname()[1])
    assert "is being served, phones to try it: 1," in check.what


async def test_a_taken_port_is_no_harm(taken: int) -> None:
    check = await found(emulator_port=taken)
    assert (check.state, "next free one" in check.what) == ("ok", True)


@pytest.mark.parametrize(
    ("given", "state", "what"),
    [
        ({"acs_access_key": "a2V5", "events_secret": "s"}, "ok", "by its access key; events by a"),
        ({"events_audience": "api://x"}, "ok", "by the managed identity; events by Entra ID"),
        ({"acs_access_key": "a2V5"}, "broken", "nobody may post events"),
    ],
)
async def test_azure_is_named_with_how_one_signs_in(
    taken: int, given: dict[str, str], state: str, what: str
) -> None:
    check = await found(acs_endpoint=f"http://127.0.0.1:{taken}", **given)
    assert check.state == state
    assert what in check.what
    assert bool(check.todo) is (state == "broken")


@pytest.mark.parametrize("endpoint", ["http://127.0.0.1:{free}", "contoso.communication.azure.com"])
async def test_an_endpoint_that_does_not_answer_is_broken(free: int, endpoint: str) -> None:
    check = await found(acs_endpoint=endpoint.format(free=free), events_secret="s")
    assert (check.state, "ACS_ENDPOINT" in check.todo) == ("broken", True)


async def test_nobody_carries_them() -> None:
    assert (await found(emulator="off")).state == "warn"


@pytest.mark.parametrize(("key", "state"), [("k", "ok"), (None, "broken")])
async def test_infobip_needs_its_key(key: str | None, state: str) -> None:
    given = {"emulator": "off", "infobip_url": "https://x.api.infobip.com", "infobip_api_key": key}
    assert (await found(**given)).state == state
