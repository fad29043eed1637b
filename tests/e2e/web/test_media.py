"""What was drawn for a message, as the provider that sends it on fetches it."""

from __future__ import annotations

from datetime import timedelta
from io import BytesIO

import httpx
import pytest
from PIL import Image
from pypdf import PdfReader

from app.build import App
from channels.letters import DocumentLetter, EmailLetter, ImageLetter, Letter
from channels.media import Media
from channels.rendering import Renderer
from contracts.clock import PinnedClock
from contracts.identity import Rung
from contracts.messages import Card, Channel, Text
from contracts.records.renditions import KEPT
from contracts.sending import Sending
from contracts.tooling import AskAgain, Call, Done

pytestmark = pytest.mark.e2e


async def sending_of(app: App, tool: str, key: str, channel: Channel) -> Sending:
    """What Maria is sent when that tool has run for her."""
    maria = (await app.records.customers.demo())[0]
    account = await app.records.accounts.get(maria.account_number)
    assert account is not None
    call = Call(
        services=app.services,
        customer_id=maria.customer_id,
        rung=Rung.STEPPED_UP,
        account_number=account.account_number,
        premise_id=account.premise_id,
        service_address="",
        channel=channel,
        address="+15550101",
        session_id="session-1",
        agent="billing",
        key=key,
    )
    spec = app.toolbox.by_name[tool]
    args = app.toolbox.parse(spec, {})
    assert not isinstance(args, AskAgain)
    done = await app.toolbox.run(spec, call, args)
    assert isinstance(done, Done)
    return Sending(
        key=f"turn:{key}",
        customer_id=maria.customer_id,
        channel=channel,
        address="+15550101",
        purpose="reply",
        parts=(Text(text=done.say), *done.show),
        language="en",
        at=app.clock.now(),
    )


def renderer(app: App) -> Renderer:
    return Renderer(app.records, app.scenario.brand, app.clock, "http://test")


async def letters(app: App, tool: str, key: str) -> tuple[Letter, ...]:
    return await renderer(app).letters(await sending_of(app, tool, key, Channel.WHATSAPP))


async def address_of_bill(app: App, key: str) -> str:
    *_, file = await letters(app, "get_current_bill", key)
    assert isinstance(file, DocumentLetter)
    return file.url


async def test_a_bill_is_fetched_by_its_address(app: App, client: httpx.AsyncClient) -> None:
    *_, file = await letters(app, "get_current_bill", "w-1")
    assert isinstance(file, DocumentLetter)
    answer = await client.get(file.url)
    assert answer.status_code == 200
    assert answer.headers["content-type"] == "application/pdf"
    assert answer.headers["content-disposition"] == f'inline; filename="{file.name}"'
    assert answer.headers["x-content-type-options"] == "nosniff"
    assert "noindex" in answer.headers["x-robots-tag"]
    maria = (await app.records.customers.demo())[0]
    bill, *_ = await app.records.billing.bills(maria.account_number, 1)
    [page] = PdfReader(BytesIO(answer.content)).pages
    assert f"${bill.total:,.2f}" in page.extract_text()


async def test_a_chart_is_an_image_to_be_read_on_a_phone(
    app: App, client: httpx.AsyncClient
) -> None:
    *_, file = await letters(app, "get_usage_history", "w-2")
    assert isinstance(file, ImageLetter)
    answer = await client.get(file.url)
    assert answer.headers["content-type"] == "image/png"
    assert Image.open(BytesIO(answer.content)).size == (1080, 810)
    assert "kWh" in file.caption


async def test_its_head_is_its_headers_without_the_file(
    app: App, client: httpx.AsyncClient
) -> None:
    address = await address_of_bill(app, "w-3")
    whole, head = await client.get(address), await client.head(address)
    assert head.status_code == 200
    for name in ("content-type", "content-length", "content-disposition"):
        assert head.headers[name] == whole.headers[name]


async def test_the_same_message_has_the_same_address(app: App) -> None:
    first, again = [await address_of_bill(app, "w-4") for _ in range(2)]
    assert first == again
    assert await address_of_bill(app, "w-5") != first


@pytest.mark.parametrize(
    "path", ["/media/", "/media/x", f"/media/{'a' * 32}", "/media/..%2f..%2fetc", "/media/%00"]
)
async def test_there_is_nothing_for_whoever_has_no_token(
    client: httpx.AsyncClient, path: str
) -> None:
    answer = await client.get(path)
    assert answer.status_code == 404
    head = await client.head(path)
    assert head.status_code == 404


async def test_a_guess_is_told_nothing(client: httpx.AsyncClient) -> None:
    answer = await client.get(f"/media/{'a' * 32}")
    assert answer.content == b""
    assert not {"content-disposition", "x-robots-tag"} & set(answer.headers)


async def test_after_a_day_it_is_gone(
    app: App, clock: PinnedClock, client: httpx.AsyncClient
) -> None:
    address = await address_of_bill(app, "w-6")
    clock.advance(KEPT - timedelta(seconds=1))
    assert (await client.get(address)).status_code == 200
    clock.advance(timedelta(seconds=1))
    assert (await client.get(address)).status_code == 404
    await Media(app.records.renditions, clock).sweep()
    assert await app.database["renditions"].count_documents({"key": {"$regex": "w-6"}}) == 0


async def test_another_customers_bill_is_never_drawn(app: App) -> None:
    sending = await sending_of(app, "get_current_bill", "w-7", Channel.WHATSAPP)
    [bill] = [part for part in sending.parts if isinstance(part, Card)]
    other = (await app.records.customers.demo())[1]
    theirs = sending.model_copy(update={"customer_id": other.customer_id})
    found = await renderer(app).letters(theirs)
    assert bill.data["bill_id"]
    assert not [letter for letter in found if isinstance(letter, DocumentLetter)]


async def test_an_email_has_its_files_with_it(app: App) -> None:
    sending = await sending_of(app, "get_current_bill", "w-8", Channel.EMAIL)
    letter = await renderer(app).email(sending)
    assert isinstance(letter, EmailLetter)
    [file] = letter.enclosures
    assert file.content_type == "application/pdf"
    assert file.data.startswith(b"%PDF")
    assert "/media/" not in letter.html + letter.text
