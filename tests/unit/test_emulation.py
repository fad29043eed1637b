"""The emulator that is served beside the product."""

from __future__ import annotations

import socket
from dataclasses import dataclass
from typing import Any

import pytest

from contracts.errors import ConfigurationError
from contracts.messages import Channel
from contracts.records import Contact
from contracts.settings import Settings
from emulator.serving import listen
from ui.emulation import emulated, is_wanted, phones_of, subscription

pytestmark = pytest.mark.unit


def settings(**given: Any) -> Settings:
    return Settings(_env_file=None, **{"emulator_port": 0, **given})


@dataclass(frozen=True)
class Somebody:
    name: str
    contacts: tuple[Contact, ...]
    language: str = "en"
    story: str = ""


def phone(number: str) -> Contact:
    return Contact(kind="phone", value=number, channels=(Channel.VOICE,))


def email(address: str) -> Contact:
    return Contact(kind="email", value=address)


PRODUCTION = {
    "environment": "production",
    "secret_key": "x" * 32,
    "redis_url": "redis://127.0.0.1",
    "mongodb_uri": "mongodb://127.0.0.1",
    "public_url": "https://example.com",
}


@pytest.mark.parametrize(
    ("given", "wanted"),
    [
        ({}, True),
        ({"emulator": "off"}, False),
        ({"acs_endpoint": "https://contoso.communication.azure.com"}, False),
        (PRODUCTION, False),
    ],
)
async def test_there_is_one_where_development_has_no_azure(
    given: dict[str, Any], wanted: bool
) -> None:
    asked = settings(**given)
    assert is_wanted(asked) is wanted
    async with emulated(asked) as (found, emulation):
        assert (emulation is not None) is wanted
        assert (found == asked) is not wanted


async def test_the_settings_then_name_it_in_azures_place() -> None:
    async with emulated(settings(port=8000)) as (found, emulation):
        assert emulation is not None
        config = emulation.emulator.config
        assert found.acs_endpoint == emulation.url
        assert found.acs_access_key is not None
        assert found.acs_access_key.get_secret_value() == config.access_key
        assert found.events_secret is not None
        assert found.events_secret.get_secret_value() == config.subscription.secret
        assert len(config.subscription.secret) >= 32
        assert found.acs_callback_url == "http://127.0.0.1:8000"
        assert found.acs_jwks_url == f"{emulation.url}/calling/keys"
        assert (found.acs_issuer, found.acs_resource_id) == (config.issuer, config.resource_id)


async def test_calls_are_put_through_to_a_desk_of_its_own() -> None:
    real = settings(agents_number="+15035550140")
    async with emulated(real, desk="+15035550190") as (found, emulation):
        assert emulation is not None
        (desk,) = emulation.emulator.config.agents
        assert found.agents_number == desk.number == "+15035550190"
        assert desk.does == "nothing"
    async with emulated(real) as (found, _):
        assert not found.agents_number  # which nobody could ring here


async def test_a_secret_that_is_given_is_kept() -> None:
    async with emulated(settings(events_secret="mine")) as (found, emulation):
        assert emulation is not None
        assert emulation.emulator.config.subscription.secret == "mine"
        assert found.events_secret == settings(events_secret="mine").events_secret


@pytest.mark.parametrize(
    ("host", "base"),
    [
        ("127.0.0.1", "http://127.0.0.1:8000"),
        ("0.0.0.0", "http://127.0.0.1:8000"),
        ("::", "http://127.0.0.1:8000"),
        ("::1", "http://[::1]:8000"),
        ("192.0.2.7", "http://192.0.2.7:8000"),
    ],
)
def test_events_go_to_where_the_product_listens(host: str, base: str) -> None:
    found = subscription(settings(THROUGHLINE_HOST=host, port=8000), "s")
    assert found.webhook == f"{base}/api/v1/messages/events"
    assert found.mail_webhook == f"{base}/api/v1/email/inbound"
    assert found.calls_webhook == f"{base}/api/v1/calls/events"


def test_a_taken_port_is_passed_over_where_that_is_allowed() -> None:
    with listen(0) as first:
        port = first.getsockname()[1]
        with pytest.raises(ConfigurationError, match="EMULATOR_PORT"):
            listen(port)
        with listen(port, further=True) as second:
            assert port < second.getsockname()[1] <= port + 20
            assert isinstance(second, socket.socket)


def test_everybody_with_a_number_has_a_phone() -> None:
    shared = "+15550105"
    customers: list[Any] = [
        Somebody("Maria Alvarez", (phone("+15550101"), email("maria@example.com"))),
        Somebody("Priya Natarajan", (phone(shared),), story="Shares it."),
        Somebody("Tom Becker", (email("tom@example.com"), phone(shared)), story="Too."),
        Somebody("Elena Petrova", (email("elena@example.com"),)),
    ]
    assert [(it.number, it.name, it.email) for it in phones_of(customers)] == [
        ("+15550101", "Maria Alvarez", "maria@example.com"),
        (shared, "Priya Natarajan & Tom Becker", "tom@example.com"),
    ]
