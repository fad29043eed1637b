"""The pay page over HTTP: who is shown what, a payment once, and links that don't work."""

from __future__ import annotations

import asyncio
from datetime import timedelta
from decimal import Decimal

import httpx
import pytest

from app.build import App
from contracts.clock import PinnedClock
from gateway.settlement import LEFT_ALONE, Settlement
from stores.pay_links import MAX_TRIES
from stores.processor import LATE_BY
from tests.e2e.web.paying import EMPTY, LATE, card_token, link_for, owed, pay_by_card, phone_of
from tests.pages import TOKEN, customer_of, press
from ui.pages.desk import RECEIPT_FOR

pytestmark = pytest.mark.e2e


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
        answer = await press(
            client, link, path, amount="20.00", method=account.methods[0].method_id
        )
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
    check = await press(
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
    form = TOKEN.search(page.text)
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
    answer = await press(
        client, link, f"{link}/check", amount_of="other", amount=amount, method="card", card=token
    )
    assert answer.status_code == 422
    answer = await press(client, link, link, amount=amount, method="card", card=token)
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
        answer = await press(client, link, link, amount="20.00", method="card", card=card)
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
