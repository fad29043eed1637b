"""The pay page over HTTP: who is shown what, a payment once, and the thread that knows of it."""

from __future__ import annotations

import asyncio
import io
import json
import logging
import re
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from decimal import Decimal

import httpx
import pytest
import pytest_asyncio
from pypdf import PdfReader

from app.build import App, open_app
from contracts.clock import PinnedClock
from contracts.errors import BadInput
from contracts.identity import Rung
from contracts.messages import Card, Channel, Inbound, Link, Turn
from contracts.records import Charge, Customer, Payment, PaymentMethod, ReplyTo
from gateway.news import PaymentNews, happening_id
from gateway.settlement import LEFT_ALONE, Settlement
from stores.pay_links import MAX_TRIES
from stores.processor import LATE_BY
from tests.site import eventually, settings_in
from ui.cards import widget_of
from ui.pages.desk import RECEIPT_FOR
from ui.sessions import SESSION_COOKIE, WebSessions
from ui.web import create_web

pytestmark = pytest.mark.e2e

BASE = "http://testserver"
FORM = re.compile(r'name="form" value="([^"]+)"')
GOOD, EMPTY, LATE = "4242", "0002", "0408"


@pytest.fixture(scope="module")
def clock() -> PinnedClock:
    return PinnedClock(datetime.now(UTC))


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def app(clock: PinnedClock, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[App]:
    data = tmp_path_factory.mktemp("pay")
    async with open_app(settings_in(data), clock=clock, worker=False) as opened:
        yield opened


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def web(app: App) -> httpx.ASGITransport:
    return httpx.ASGITransport(create_web(app))


@pytest_asyncio.fixture(loop_scope="session")
async def client(web: httpx.ASGITransport) -> AsyncIterator[httpx.AsyncClient]:
    """A fresh browser, as it were."""
    html = {"accept": "text/html"}
    async with httpx.AsyncClient(transport=web, base_url=BASE, headers=html) as fresh:
        yield fresh


async def customer_of(app: App, first_name: str) -> Customer:
    return next(c for c in await app.records.customers.demo() if c.first_name == first_name)


def phone_of(customer: Customer) -> str:
    return next(c.value for c in customer.contacts if c.kind == "phone")


async def owed(app: App, customer: Customer) -> Decimal:
    return await app.records.billing.balance(customer.account_number)


async def link_for(
    app: App, customer: Customer, amount: str = "20.00", *, verified: bool = False
) -> str:
    """The path of a link that was sent to the customer's phone on WhatsApp."""
    phone = phone_of(customer)
    if verified:
        await app.directory.raise_to(Channel.WHATSAPP, phone, customer.customer_id, Rung.VERIFIED)
    else:
        await app.directory.release(Channel.WHATSAPP, phone)
    to = ReplyTo(channel=Channel.WHATSAPP, address=phone, language="en")
    url = await app.services.pay_links.issue(
        customer.customer_id, customer.account_number, Decimal(amount), to
    )
    return url.removeprefix(app.settings.base_url)


async def send(client: httpx.AsyncClient, path: str, action: str, **form: str) -> httpx.Response:
    shown = await client.get(path)
    token = FORM.search(shown.text)
    assert token is not None
    return await client.post(action, data={"form": token.group(1), **form})


async def card_token(client: httpx.AsyncClient, ending: str = GOOD) -> str:
    numbers = {GOOD: "4242424242424242", EMPTY: "4000000000000002", LATE: "4000000000000408"}
    answer = await client.post(
        "/sandbox/tokens", data={"number": numbers[ending], "expiry": "08/39", "code": "123"}
    )
    assert answer.status_code == 200, answer.text
    return str(answer.json()["token"])


async def pay_by_card(
    client: httpx.AsyncClient, link: str, ending: str = GOOD, amount: str = "20.00"
) -> httpx.Response:
    token = await card_token(client, ending)
    return await send(client, link, link, amount=amount, method="card", card=token)


async def say(app: App, channel: Channel, address: str, text: str) -> Turn:
    inbound = Inbound(channel=channel, address=address, text=text, at=app.clock.now())
    parts = [part async for part in app.gateway.receive(inbound)]
    assert isinstance(parts[-1], Turn)
    return parts[-1]


def text_of(pdf: bytes) -> str:
    return "\n".join(page.extract_text() for page in PdfReader(io.BytesIO(pdf)).pages)


# --- who is shown what --------------------------------------------------------------------------


async def test_a_holder_who_is_not_verified_sees_the_amount_and_no_more(
    app: App, client: httpx.AsyncClient
) -> None:
    maria = await customer_of(app, "Maria")
    link = await link_for(app, maria)
    page = await client.get(link)
    assert page.status_code == 200
    assert "$20.00" in page.text
    assert "A credit or debit card" in page.text
    account = await app.records.accounts.get(maria.account_number)
    assert account is not None
    secrets = (
        maria.first_name,
        maria.account_number,
        phone_of(maria),
        str(await owed(app, maria)),
        *(method.label for method in account.methods),
    )
    for secret in secrets:
        assert secret not in page.text, secret
        assert secret not in link


async def test_where_the_address_is_verified_saved_methods_are_offered(
    app: App, client: httpx.AsyncClient
) -> None:
    maria = await customer_of(app, "Maria")
    account = await app.records.accounts.get(maria.account_number)
    assert account is not None
    assert account.methods
    page = await client.get(await link_for(app, maria, verified=True))
    assert maria.first_name in page.text
    for method in account.methods:
        assert method.label[1:] in page.text  # it begins a line there
        assert method.token not in page.text


async def test_a_saved_method_that_may_not_be_seen_can_not_be_used(
    app: App, client: httpx.AsyncClient
) -> None:
    maria = await customer_of(app, "Maria")
    account = await app.records.accounts.get(maria.account_number)
    assert account is not None
    link, before = await link_for(app, maria), await owed(app, maria)
    for path in (f"{link}/check", link):
        answer = await send(client, link, path, amount="20.00", method=account.methods[0].method_id)
        assert answer.status_code == 422
        assert "choose what to pay with" in answer.text
    assert await owed(app, maria) == before


async def test_looking_does_not_use_a_link_up(app: App, client: httpx.AsyncClient) -> None:
    link = await link_for(app, await customer_of(app, "Maria"))
    for _ in range(3):
        assert "From what?" in (await client.get(link)).text


# --- paying -------------------------------------------------------------------------------------


async def test_what_is_read_back_is_paid_and_shown_with_its_receipt(
    app: App, client: httpx.AsyncClient
) -> None:
    maria = await customer_of(app, "Maria")
    link, before = await link_for(app, maria), await owed(app, maria)
    token = await card_token(client)
    check = await send(
        client, link, f"{link}/check", amount_of="other", amount="12.50", method="card", card=token
    )
    assert "pay $12.50 from your Visa ending in 4242" in check.text
    assert await owed(app, maria) == before
    done = await pay_by_card(client, link, amount="12.50")
    assert (done.status_code, done.headers["location"]) == (303, link)
    assert await owed(app, maria) == before - Decimal("12.50")
    receipt = await client.get(link)
    payment = (await app.records.billing.payments(maria.account_number, 1))[0]
    assert payment.receipt_number in receipt.text
    assert "$12.50" in receipt.text
    assert payment.method_label == "Visa ending in 4242"


async def test_twenty_presses_at_once_pay_once(app: App, client: httpx.AsyncClient) -> None:
    maria = await customer_of(app, "Maria")
    link, before = await link_for(app, maria, "5.00"), await owed(app, maria)
    token = await card_token(client)
    page = await client.get(link)
    form = FORM.search(page.text)
    assert form is not None
    data = {"form": form.group(1), "amount": "5.00", "method": "card", "card": token}
    answers = await asyncio.gather(*(client.post(link, data=data) for _ in range(20)))
    assert {answer.status_code for answer in answers} == {303}
    assert await owed(app, maria) == before - Decimal("5.00")


@pytest.mark.parametrize(
    "amount", ["0.50", "0", "-5", "5.001", "1e3", "ten", "", "99999.00", "999999999999"]
)
async def test_amounts_outside_the_rules_are_refused(
    app: App, client: httpx.AsyncClient, amount: str
) -> None:
    maria = await customer_of(app, "Maria")
    link, before = await link_for(app, maria), await owed(app, maria)
    token = await card_token(client)
    answer = await send(
        client, link, f"{link}/check", amount_of="other", amount=amount, method="card", card=token
    )
    assert answer.status_code == 422
    answer = await send(client, link, link, amount=amount, method="card", card=token)
    assert answer.status_code == 422
    assert await owed(app, maria) == before


async def test_a_declined_card_leaves_the_link_for_another(
    app: App, client: httpx.AsyncClient
) -> None:
    maria = await customer_of(app, "Maria")
    link, before = await link_for(app, maria), await owed(app, maria)
    await pay_by_card(client, link, EMPTY)
    page = await client.get(link)
    assert "enough money" in page.text
    assert "From what?" in page.text
    assert await owed(app, maria) == before
    await pay_by_card(client, link)
    assert "Thank you" in (await client.get(link)).text
    assert await owed(app, maria) == before - Decimal("20.00")


async def test_a_link_is_no_place_to_try_out_cards(app: App, client: httpx.AsyncClient) -> None:
    link = await link_for(app, await customer_of(app, "Maria"))
    for _ in range(MAX_TRIES):
        assert (await client.get(link)).status_code == 200
        await pay_by_card(client, link, EMPTY)
    assert (await client.get(link)).status_code == 410


async def test_a_late_answer_is_waited_for_and_told(
    app: App, client: httpx.AsyncClient, clock: PinnedClock
) -> None:
    maria = await customer_of(app, "Maria")
    link, before = await link_for(app, maria), await owed(app, maria)
    await pay_by_card(client, link, LATE)
    assert "being processed" in (await client.get(link)).text
    assert (await client.get(f"{link}/state")).json() == {"state": "processing"}
    assert await owed(app, maria) == before
    clock.advance(LATE_BY + LEFT_ALONE)
    settled = Settlement(app.services, app.gateway.happened)
    assert await settled.run() == 1
    assert (await client.get(f"{link}/state")).json() == {"state": "paid"}
    assert await owed(app, maria) == before - Decimal("20.00")
    [sent] = [m for m in await app.records.outbox.recent(5) if m.purpose == "payment"][:1]
    assert sent.channel == "whatsapp"
    assert sent.text.startswith("We received $20.00")


async def test_a_card_that_no_hosted_field_gave_out_is_refused(
    app: App, client: httpx.AsyncClient
) -> None:
    link = await link_for(app, await customer_of(app, "Maria"))
    for card in ("tok_visa_4242", "4242424242424242", "tok_visa_<b>_4242", ""):
        answer = await send(client, link, link, amount="20.00", method="card", card=card)
        assert answer.status_code == 422
        assert "4242424242424242" not in answer.text


# --- links that don't work ----------------------------------------------------------------------


async def test_an_expired_and_a_forged_link_say_what_to_do(
    app: App, client: httpx.AsyncClient, clock: PinnedClock
) -> None:
    link = await link_for(app, await customer_of(app, "Maria"))
    forged = await client.get(f"{link[:-3]}abc")
    assert forged.status_code == 400
    clock.advance(timedelta(hours=25))
    expired = await client.get(link)
    assert expired.status_code == 410
    for page in (forged, expired):
        assert "To get a new link" in page.text
        assert "Nothing was charged" in page.text or "nothing was charged" in page.text
    assert (await client.get(f"{link}/state")).status_code == 404
    assert (await client.get("/pay/anything/receipt.pdf")).status_code == 404


async def test_a_form_of_another_site_pays_nothing(app: App, client: httpx.AsyncClient) -> None:
    link = await link_for(app, await customer_of(app, "Maria"))
    token = await card_token(client)
    data = {"amount": "20.00", "method": "card", "card": token, "form": "made-up"}
    assert (await client.post(link, data=data)).status_code == 403


async def test_a_used_link_shows_its_receipt_for_an_hour(
    app: App, client: httpx.AsyncClient, clock: PinnedClock
) -> None:
    maria = await customer_of(app, "Maria")
    link = await link_for(app, maria)
    await pay_by_card(client, link)
    pdf = await client.get(f"{link}/receipt.pdf")
    assert pdf.headers["content-type"] == "application/pdf"
    clock.advance(RECEIPT_FOR + timedelta(minutes=1))
    later = await client.get(link)
    assert later.status_code == 200
    assert "It works once" in later.text
    assert "4242" not in later.text
    assert (await client.get(f"{link}/receipt.pdf")).status_code == 404


# --- the thread and the other channel -----------------------------------------------------------


async def test_the_thread_and_the_other_channel_know_the_moment_it_is_paid(
    app: App, client: httpx.AsyncClient
) -> None:
    maria = await customer_of(app, "Maria")
    phone = phone_of(maria)
    link = await link_for(app, maria, verified=True)
    who = await app.gateway.identify(Channel.WHATSAPP, phone)
    async with app.gateway.watch(who.thread_id) as turns:
        asked = await say(app, Channel.WHATSAPP, phone, "what's my bill?")
        await pay_by_card(client, link)
        async with asyncio.timeout(10):
            told = [turn async for turn in _first(turns, 2)]
    payment = (await app.records.billing.payments(maria.account_number, 1))[0]
    notice = told[-1]
    assert notice.reply.startswith(
        f"We received $20.00, thank you. Receipt {payment.receipt_number}."
    )
    assert (notice.channel, notice.said, notice.number) == (Channel.WHATSAPP, "", asked.number + 1)
    assert [part.card for part in notice.parts if isinstance(part, Card)] == ["receipt"]
    context = await app.gateway.context(Channel.WHATSAPP, phone)
    assert context["collected_data"]["payment"]["receipt_number"] == payment.receipt_number
    assert context["collected_data"]["bill"]["balance"] == f"{payment.balance_after:.2f}"
    sent = [m for m in await app.records.outbox.recent(3) if m.text == notice.reply]
    assert [(m.channel, m.address) for m in sent] == [("whatsapp", phone)]
    answer = await say(app, Channel.WHATSAPP, phone, "did my payment go through?")
    assert "$20.00" in answer.reply


async def _first(turns: AsyncIterator[Turn], count: int) -> AsyncIterator[Turn]:
    seen = 0
    async for turn in turns:
        yield turn
        seen += 1
        if seen == count:
            return


async def test_the_same_news_twice_is_one_turn_and_one_message(app: App) -> None:
    maria = await customer_of(app, "Maria")
    payments = await app.records.billing.payments(maria.account_number, 1)
    method = PaymentMethod(method_id="card", kind="card", label="Visa ending in 4242")
    charge = Charge(
        key=f"pay:again:{payments[0].receipt_number}",
        account_number=maria.account_number,
        customer_id=maria.customer_id,
        amount=payments[0].amount,
        method=method,
        status="approved",
        at=app.clock.now(),
    )
    news = PaymentNews(app.services, app.gateway.happened)
    before = (await app.gateway.context(Channel.WHATSAPP, phone_of(maria)))["turns"]
    for _ in range(3):
        await news.tell(charge, payments[0])

    async def told() -> bool:
        turn = await app.memory.inbox.turn_of(f"whatsapp:{happening_id(charge.key)}")
        return turn is not None

    assert await eventually(told)
    context = await app.gateway.context(Channel.WHATSAPP, phone_of(maria))
    assert context["turns"] == before + 1
    keys = [m.key for m in await app.records.outbox.recent(20)]
    assert keys.count(f"{charge.key}:settled") == 1


async def test_only_we_can_say_that_something_happened(app: App) -> None:
    maria = await customer_of(app, "Maria")
    with pytest.raises(BadInput, match="own"):
        await app.gateway.happened(
            Inbound(channel=Channel.SMS, address=phone_of(maria), text="hi", at=app.clock.now())
        )


# --- who gets a link ----------------------------------------------------------------------------


async def test_a_bill_on_whatsapp_carries_a_link_and_on_the_web_none(
    app: App, client: httpx.AsyncClient
) -> None:
    maria = await customer_of(app, "Maria")
    for channel, address in ((Channel.WHATSAPP, phone_of(maria)), (Channel.WEB, "web-1")):
        await app.directory.raise_to(channel, address, maria.customer_id, Rung.VERIFIED)
        turn = await say(app, channel, address, "what's my bill?")
        links = [part for part in turn.parts if isinstance(part, Link)]
        amount = f"${await owed(app, maria):,.2f}"
        if channel is Channel.WEB:
            assert links == []
            continue
        assert [link.label for link in links] == [f"Pay {amount}"]
        page = await client.get(links[0].url.removeprefix(app.settings.base_url))
        assert amount in page.text


# --- receipts -----------------------------------------------------------------------------------


async def signed_in(app: App, web: httpx.ASGITransport, name: str, rung: Rung) -> httpx.AsyncClient:
    who = await customer_of(app, name)
    browser = httpx.AsyncClient(transport=web, base_url=BASE)
    shown = await browser.get("/signin")
    form = FORM.search(shown.text)
    assert form is not None
    await browser.post("/signin/guest", data={"form": form.group(1)})
    cookie = browser.cookies.get(SESSION_COOKIE)
    session = WebSessions(app.secret, secure=False, clock=app.clock).read(
        f"{SESSION_COOKIE}={cookie}"
    )
    assert session is not None
    if rung > Rung.ANONYMOUS:
        await app.directory.raise_to(Channel.WEB, session, who.customer_id, rung)
    return browser


@pytest.mark.parametrize("language", ["en", "es"])
async def test_a_receipts_pdf_says_what_the_records_say(
    app: App, web: httpx.ASGITransport, language: str
) -> None:
    maria = await customer_of(app, "Maria")
    payment: Payment = (await app.records.billing.payments(maria.account_number, 1))[0]
    browser = await signed_in(app, web, "Maria", Rung.VERIFIED)
    path = f"/my/receipts/{payment.receipt_number}.pdf"
    answer = await browser.get(path, headers={"accept-language": language})
    assert answer.status_code == 200
    text = text_of(answer.content)
    figures = (payment.receipt_number, f"${payment.amount:,.2f}", maria.account_number[-4:])
    for expected in (app.scenario.brand.name, *figures, f"${payment.balance_after:,.2f}"):
        assert expected in text, expected
    assert maria.account_number not in text
    assert ("Amount paid" in text) == (language == "en")
    assert ("Monto pagado" in text) == (language == "es")
    await browser.aclose()


async def test_nobody_else_gets_a_receipt(app: App, web: httpx.ASGITransport) -> None:
    maria = await customer_of(app, "Maria")
    payment = (await app.records.billing.payments(maria.account_number, 1))[0]
    path = f"/my/receipts/{payment.receipt_number}.pdf"
    demo = await app.records.customers.demo()
    other = next(c.first_name for c in demo if c.customer_id != maria.customer_id)
    strangers = (("Maria", Rung.ANONYMOUS), ("Maria", Rung.RECOGNISED), (other, Rung.VERIFIED))
    for name, rung in strangers:
        browser = await signed_in(app, web, name, rung)
        assert (await browser.get(path)).status_code == 404, (name, rung)
        await browser.aclose()


# --- card numbers -------------------------------------------------------------------------------


async def test_a_typed_card_number_is_kept_nowhere(
    app: App, caplog: pytest.LogCaptureFixture
) -> None:
    number = "4242 4242 4242 4242"
    maria = await customer_of(app, "Maria")
    await app.directory.raise_to(Channel.WEB, "web-2", maria.customer_id, Rung.VERIFIED)
    who = await app.gateway.identify(Channel.WEB, "web-2")
    with caplog.at_level(logging.DEBUG):
        async with app.gateway.watch(who.thread_id) as turns:
            waiting = Inbound(
                channel=Channel.WEB, address="web-2", text=f"pay with {number}", at=app.clock.now()
            )
            await app.gateway.accept(waiting)
            found = await app.memory.inbox.next(who.thread_id)
            assert found is not None
            assert "4242" not in found.inbound.model_dump_json()  # while it waits
            turn = await say(app, Channel.WEB, "web-2", f"pay with {number}")
            seen = [turn async for turn in _first(turns, 1)]
    recent = await app.gateway.recent(who, 5)
    context = json.dumps(await app.gateway.context(Channel.WEB, "web-2"), default=str)
    kept = (turn.model_dump_json(), *(t.model_dump_json() for t in (*seen, *recent)), context)
    for text in (*kept, *(record.getMessage() for record in caplog.records)):
        assert "4242 4242" not in text
        assert "4242424242424242" not in text


async def test_the_sandbox_keeps_no_number_and_logs_none(
    app: App, client: httpx.AsyncClient, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.DEBUG):
        await card_token(client)
        for data in ({"number": "4242424242424241"}, {"number": "4" * 400}, {"number": "x"}, {}):
            answer = await client.post("/sandbox/tokens", data=data)
            assert answer.status_code == 422
            assert answer.json()["field"] == "number"
    assert not any("42424242" in str(vars(record)) for record in caplog.records)
    for name in await app.database.list_collection_names():
        async for document in app.database[name].find({}):
            assert "4242424242424242" not in str(document)


# --- the form in the chat -----------------------------------------------------------------------


@pytest.mark.parametrize("language", ["en", "es"])
async def test_the_words_of_the_form_are_understood_to_the_cent(app: App, language: str) -> None:
    maria = await customer_of(app, "Maria")
    address = f"web-form-{language}"
    await app.directory.raise_to(Channel.WEB, address, maria.customer_id, Rung.VERIFIED)
    asked = {"en": "pay my bill", "es": "quiero pagar mi factura"}[language]
    turn = await say(app, Channel.WEB, address, asked)
    card = next(part for part in turn.parts if isinstance(part, Card) and part.card == "payment")
    form = widget_of(card)
    assert form.name == "Payment"
    for method in form.props["methods"]:
        words = method["words"].replace("{amount}", "$12.34")
        answer = await say(app, Channel.WEB, address, words)
        assert answer.pending is not None, words
        assert answer.pending["args"] == {"amount": "12.34", "payment_method": method["id"]}, words
    await say(app, Channel.WEB, address, "no")
