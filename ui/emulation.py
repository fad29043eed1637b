"""The emulator of Azure Communication Services that is served beside the product in development,
so that anybody can try WhatsApp, SMS and calls: it stands where the settings would name Azure."""

from __future__ import annotations

import base64
import secrets
from collections.abc import AsyncIterator, Iterable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from functools import partial
from typing import TYPE_CHECKING, Any

from pydantic import SecretStr

from contracts.errors import ThroughlineError
from contracts.messages import Channel, Location
from emulator.acs import Emulator, create_emulator
from emulator.api import NewPhone, OurNumber
from emulator.calling.shapes import Agent
from emulator.config import STRANGER, EmulatorConfig, Subscription
from emulator.serving import listen, served, url_of
from emulator.state import WINDOW

if TYPE_CHECKING:
    from app.build import App
    from contracts.records import Customer
    from contracts.settings import Settings

EVENTS = "/api/v1/messages/events"
EMAIL = "/api/v1/email/inbound"
CALLS = "/api/v1/calls/events"
CARRY_S = 0.15  # from accepted to sent, and to delivered: on the phone one sees it go
FAR_AWAY = Location(latitude=45.9932, longitude=-123.9226, name="On the coast, far from here")
_ANYWHERE = frozenset({"0.0.0.0", "::", ""})  # noqa: S104 - what is listened on, not by us


@dataclass(frozen=True, slots=True)
class Emulation:
    """An emulator that answers at `url`."""

    emulator: Emulator
    url: str

    async def introduce(self, app: App) -> None:
        """Tell it of the product's customers, numbers and templates, and who wrote lately: the
        product remembers that over a restart, the emulator nothing. What it is to speak, it speaks
        with the embedded voice."""
        state = self.emulator.state
        if app.voice.speech.reads:
            self.emulator.calls.plays.speak = app.voice.speech.read

        async def numbers() -> Iterable[OurNumber]:
            return await numbers_of(app)

        state.read_numbers = numbers
        windows = app.messaging.windows
        state.window_closed = partial(windows.forget, Channel.WHATSAPP)
        state.introduce(
            numbers=await numbers(),
            phones=await phones_with_places(app),
            templates=app.scenario.messaging.templates,
        )
        for phone in state.phones():
            if await windows.is_open(Channel.WHATSAPP, phone.number, WINDOW):
                self.emulator.speaking.set_window(phone, is_open=True)

    def start(self) -> None:
        """The product listens: events may come."""
        self.emulator.start()


def is_wanted(settings: Settings) -> bool:
    return (
        settings.environment == "development"
        and settings.emulator == "auto"
        and not settings.acs_endpoint
    )


@asynccontextmanager
async def emulated(
    settings: Settings, *, grid: Mapping[str, Any] | None = None, desk: str = "", **changes: Any
) -> AsyncIterator[tuple[Settings, Emulation | None]]:
    """The settings with an emulator in Azure's place, and that emulator, served; the settings as
    they are and None where none is wanted. `settings.port` has to be the port that is listened on.
    grid: changes to its `Subscription`; desk: the number that calls are put through to, which rings
    at the emulator's page; empty: nobody takes calls; changes: to its `EmulatorConfig`.

    Raises ConfigurationError where it finds no port."""
    if not is_wanted(settings):
        yield settings, None
        return
    key = base64.b64encode(secrets.token_bytes(64)).decode()
    given = settings.events_secret
    secret = given.get_secret_value() if given else secrets.token_urlsafe(32)
    if desk:
        changes["agents"] = (Agent(number=desk, does="nothing"),)
    with listen(settings.emulator_port, further=True) as listening:
        url = url_of(listening)
        events = replace(subscription(settings, secret), **(grid or {}))
        config = EmulatorConfig(
            access_key=key,
            subscription=events,
            phones=(),
            links=links_of(settings),
            **{"carry_s": CARRY_S, **changes},
        )
        emulator = create_emulator(config)
        async with served(emulator, listening):
            secrets_of = {"acs_access_key": SecretStr(key), "events_secret": SecretStr(secret)}
            calls = settings_of_calls(settings, config, url)
            own = {"acs_endpoint": url, "agents_number": desk, **secrets_of, **calls}
            found = settings.model_copy(update=own)
            yield found, Emulation(emulator, url)


def settings_of_calls(settings: Settings, config: EmulatorConfig, url: str) -> dict[str, str]:
    """What says whose tokens call-backs bear, and where these come to."""
    return {
        "acs_callback_url": settings.acs_callback_url or _base(settings),
        "acs_resource_id": config.resource_id,
        "acs_issuer": config.issuer,
        "acs_jwks_url": f"{url}/calling/keys",
    }


def links_of(settings: Settings) -> dict[str, str]:
    """Where the product is, by what the phone's page calls it."""
    return {
        "The same customers in the web chat": f"{settings.base_url}/",
        "Numbers and agents": f"{settings.base_url}/config/",
    }


def subscription(settings: Settings, secret: str) -> Subscription:
    base = _base(settings)
    return Subscription(
        base + EVENTS, mail_webhook=base + EMAIL, calls_webhook=base + CALLS, secret=secret
    )


def _base(settings: Settings) -> str:
    """Where the product is to be reached from this machine."""
    host = "127.0.0.1" if settings.host in _ANYWHERE else settings.host
    return f"http://[{host}]:{settings.port}" if ":" in host else f"http://{host}:{settings.port}"


async def numbers_of(app: App) -> list[OurNumber]:
    """The numbers that operators gave over Azure. None where the records don't answer: those that
    were known stay."""
    try:
        configuration = await app.records.numbers.load()
    except ThroughlineError:
        return []
    return [
        OurNumber(
            registration_id=entry.registration_id,
            channel=entry.type,
            number=entry.number,
            name=entry.business_name or app.scenario.brand.name,
        )
        for entry in configuration.channels
        if entry.provider == "acs" and entry.active and entry.type in _CARRIED
    ]


_CARRIED = frozenset({Channel.WHATSAPP, Channel.SMS, Channel.EMAIL, Channel.VOICE})


async def phones_with_places(app: App) -> list[NewPhone]:
    """Everybody's phones, and a stranger's, with places that a location can be sent of: at home, at
    the next one's, and where nobody is served."""
    customers = await app.records.customers.demo()
    homes = [home for it in customers if (home := await _home_of(app, it))]
    phones = [*phones_of(customers), STRANGER]
    owners = {contact.value: it for it in customers for contact in it.contacts}
    placed = []
    for phone in phones:
        owner = owners.get(phone.number)
        mine = await _home_of(app, owner) if owner else None
        others = homes[homes.index(mine) + 1 :] if mine else homes
        named = [mine.model_copy(update={"name": "At home"})] if mine else []
        placed.append(phone.model_copy(update={"places": (*named, *others[:1], FAR_AWAY)}))
    return placed


async def _home_of(app: App, customer: Customer) -> Location | None:
    account = await app.records.accounts.get(customer.account_number)
    premise = await app.records.accounts.premise(account.premise_id) if account else None
    if premise is None:
        return None
    return Location(
        latitude=premise.latitude,
        longitude=premise.longitude,
        name=premise.street,
        address=premise.address,
    )


def phones_of(customers: Iterable[Customer]) -> list[NewPhone]:
    """Everybody's phones; one that several people have is named after all of them."""
    phones: dict[str, NewPhone] = {}
    for customer in customers:
        email = next((it.value for it in customer.contacts if it.kind == "email"), "")
        for contact in customer.contacts:
            if contact.kind != "phone":
                continue
            known = phones.get(contact.value)
            phones[contact.value] = NewPhone(
                number=contact.value,
                name=f"{known.name} & {customer.name}" if known else customer.name,
                language=customer.language,
                email=(known.email if known else "") or email,
                story=f"{known.story} {customer.story}" if known else customer.story,
            )
    return list(phones.values())
