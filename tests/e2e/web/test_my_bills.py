"""Bills as PDF: whose they are gets them, in their language, and nobody else."""

from __future__ import annotations

from io import BytesIO

import httpx
import pytest
from pypdf import PdfReader

from app.build import App
from contracts.identity import Rung
from tests.e2e.web.test_pay_thread import signed_in
from tests.pages import customer_of

pytestmark = pytest.mark.e2e


async def path_of(app: App) -> str:
    """Where Maria's latest bill is."""
    maria = await customer_of(app, "Maria")
    bill, *_ = await app.records.billing.bills(maria.account_number, 1)
    return f"/my/bills/{bill.period_end}.pdf"


@pytest.mark.parametrize(("language", "total"), [("en", "Total"), ("es", "Cómo pagar")])
async def test_a_bill_says_what_the_records_say(
    app: App, web: httpx.ASGITransport, language: str, total: str
) -> None:
    maria = await customer_of(app, "Maria")
    bill, *_ = await app.records.billing.bills(maria.account_number, 1)
    async with signed_in(app, web, "Maria", Rung.VERIFIED) as client:
        answer = await client.get(await path_of(app), headers={"accept-language": language})
    assert answer.status_code == 200
    assert answer.headers["content-type"] == "application/pdf"
    text = "".join(page.extract_text() for page in PdfReader(BytesIO(answer.content)).pages)
    for words in (app.scenario.brand.name, f"${bill.total:,.2f}", maria.name, total):
        assert words in text, words
    assert all(f"${line.amount:,.2f}" in text for line in bill.lines)
    assert maria.account_number not in text


async def test_nobody_else_gets_a_bill(app: App, web: httpx.ASGITransport) -> None:
    path = await path_of(app)
    for name, rung in (("Maria", Rung.ANONYMOUS), ("Maria", Rung.RECOGNISED)):
        async with signed_in(app, web, name, rung) as client:
            assert (await client.get(path)).status_code == 404, rung
    async with signed_in(app, web, "Maria", Rung.VERIFIED) as client:
        assert (await client.get("/my/bills/1999-01-01.pdf")).status_code == 404
        assert (await client.get("/my/bills/x.pdf")).status_code == 422
