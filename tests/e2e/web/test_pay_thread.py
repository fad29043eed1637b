"""What a payment leaves behind: the thread that knows of it, receipts, and no card number."""

from __future__ import annotations

import asyncio
import io
import json
import logging
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import httpx
import pytest
from pypdf import PdfReader

from app.build import App
from contracts.errors import BadInput
from contracts.identity import Rung
from contracts.messages import Card, Channel, Inbound, Link, Turn
from contracts.records import Charge, Payment, PaymentMethod
from gateway.news import PaymentNews, happening_id
from tests.e2e.web.paying import card_token, link_for, owed, pay_by_card, phone_of, say
from tests.pages import browser, customer_of, press, session_of
from tests.site import eventually
from ui.cards import widget_of

pytestmark = pytest.mark.e2e


def pdf_text(pdf: bytes) -> str:
    return "\n".join(page.extract_text() for page in PdfReader(io.BytesIO(pdf)).pages)


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


@asynccontextmanager
async def signed_in(
    app: App, web: httpx.ASGITransport, name: str, rung: Rung
) -> AsyncIterator[httpx.AsyncClient]:
    who = await customer_of(app, name)
    async with browser(web) as client:
        await press(client, "/signin", "/signin/guest")
        session = session_of(app, client)
        assert session is not None
        if rung > Rung.ANONYMOUS:
            await app.directory.raise_to(Channel.WEB, session, who.customer_id, rung)
        yield client


@pytest.mark.parametrize("language", ["en", "es"])
async def test_a_receipts_pdf_says_what_the_records_say(
    app: App, web: httpx.ASGITransport, language: str
) -> None:
    maria = await customer_of(app, "Maria")
    payment: Payment = (await app.records.billing.payments(maria.account_number, 1))[0]
    path = f"/my/receipts/{payment.receipt_number}.pdf"
    async with signed_in(app, web, "Maria", Rung.VERIFIED) as client:
        answer = await client.get(path, headers={"accept-language": language})
    assert answer.status_code == 200
    text = pdf_text(answer.content)
    figures = (payment.receipt_number, f"${payment.amount:,.2f}", maria.account_number[-4:])
    for expected in (app.scenario.brand.name, *figures, f"${payment.balance_after:,.2f}"):
        assert expected in text, expected
    assert maria.account_number not in text
    assert ("Amount paid" in text) == (language == "en")
    assert ("Monto pagado" in text) == (language == "es")


async def test_nobody_else_gets_a_receipt(app: App, web: httpx.ASGITransport) -> None:
    maria = await customer_of(app, "Maria")
    payment = (await app.records.billing.payments(maria.account_number, 1))[0]
    path = f"/my/receipts/{payment.receipt_number}.pdf"
    demo = await app.records.customers.demo()
    other = next(c.first_name for c in demo if c.customer_id != maria.customer_id)
    strangers = (("Maria", Rung.ANONYMOUS), ("Maria", Rung.RECOGNISED), (other, Rung.VERIFIED))
    for name, rung in strangers:
        async with signed_in(app, web, name, rung) as client:
            assert (await client.get(path)).status_code == 404, (name, rung)


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
