"""Bills and receipts as PDF, and charts as PNG: what stands on them, in both languages."""

from __future__ import annotations

import copy
import re
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from io import BytesIO
from typing import Any

import pytest
from PIL import Image
from pypdf import PdfReader

from app.scenario import load_scenario
from channels.documents.bill import Billed, bill_name, bill_pdf
from channels.documents.charts import HIGH, WIDE, chart_png
from channels.documents.receipt import receipt_name, receipt_pdf
from contracts.language import speaking
from contracts.messages import Card
from contracts.records import Bill, BillLine, Payment
from contracts.scenario import Brand
from tools.usage.chart import Point, Series

pytestmark = pytest.mark.unit

ACCENT, FAINT, PAPER = (7, 95, 115), (169, 195, 203), (255, 255, 255)
LINES = (
    ("Basic charge, electric", "basic-electric", "11.00"),
    ("Gas", "gas", "89.74"),
    ("City tax", "city-tax", "4.82"),
    ("Late fee", "", "12.00"),
)
COMPARED = Card(
    card="usage_compared",
    title="Your use compared",
    data={
        "now": {"from": "2026-01-01", "to": "2026-01-14"},
        "then": {"from": "2025-12-01", "to": "2025-12-14"},
        "services": {
            "electric": {"now": "282", "then": "265.4", "percent": 6},
            "gas": {"now": "46.0", "then": "38.7", "percent": 19},
        },
    },
)


@pytest.fixture(scope="module")
def brand() -> Brand:
    return load_scenario("utilities").brand


def bill(**changes: Any) -> Bill:
    lines = tuple(BillLine(label=a, code=b, amount=Decimal(c)) for a, b, c in LINES)
    fields: dict[str, Any] = {
        "bill_id": "B-1",
        "account_number": "4012345678",
        "period_start": date(2025, 12, 2),
        "period_end": date(2026, 1, 1),
        "issued": date(2026, 1, 3),
        "due": date(2026, 1, 24),
        "lines": lines,
        "total": Decimal("117.56"),
        "kwh": Decimal("585.27"),
        "therms": Decimal("86.19"),
    }
    return Bill(**(fields | changes))


def billed(**changes: Any) -> Billed:
    fields: dict[str, Any] = {
        "bill": bill(),
        "name": "María Núñez",
        "address": "418 Alder Street, Cedar Falls, OR 97201",
        "site": "https://care.example",
        "before": bill(kwh=Decimal(563), therms=Decimal(0)),
    }
    return Billed(**(fields | changes))


def pages(pdf: bytes) -> list[str]:
    return [page.extract_text() for page in PdfReader(BytesIO(pdf)).pages]


# --- bills --------------------------------------------------------------------------------------


def test_a_bill_says_what_is_to_be_paid_for_what_and_how(brand: Brand) -> None:
    [page] = pages(bill_pdf(brand, billed()))
    for words in (
        brand.name,
        "Your January 2026 bill",
        "María Núñez",
        "418 Alder Street",
        "Account ending in 5678",
        "$117.56",
        "Due January 24, 2026",
        "Electricity",
        "Taxes and public charges",
        "Fees and credits",
        "585.27 kWh (a year before: 563 kWh)",
        "86.19 therms",
        "Sign in at https://care.example.",
        f"Call us on {brand.phone}.",
    ):
        assert words in page, words
    assert "4012345678" not in page, "the link to it is a bearer's"


def test_a_bill_is_in_the_language_spoken(brand: Brand) -> None:
    with speaking("es"):
        [page] = pages(bill_pdf(brand, billed()))
    for words in (
        "Su factura de enero de 2026",
        "Vence el 24 de enero de 2026",
        "Electricidad",
        "Impuesto municipal",
        "Cómo pagar",
        "563 kWh",
        "Cuenta que termina en 5678",
    ):
        assert words in page, words


def test_who_is_on_autopay_is_not_told_how_to_pay(brand: Brand) -> None:
    [page] = pages(bill_pdf(brand, billed(autopay=True)))
    assert "You're on autopay" in page
    assert "Call us" not in page


def test_a_bill_of_many_charges_goes_on_a_second_page(brand: Brand) -> None:
    lines = tuple(
        BillLine(label=f"Charge {n}", code="energy", amount=Decimal(n)) for n in range(1, 31)
    )
    first, second = pages(bill_pdf(brand, billed(bill=bill(lines=lines))))
    for n in range(1, 31):
        assert len(re.findall(rf"Charge {n}\b", first + second)) == 1
    assert "How to pay" in second


def test_the_same_bill_is_the_same_file(brand: Brand) -> None:
    assert bill_pdf(brand, billed()) == bill_pdf(brand, billed())
    assert bill_name(bill()) == "bill-2026-01.pdf"


def test_a_receipt_says_what_was_paid(brand: Brand) -> None:
    payment = Payment(
        payment_id="P-1",
        receipt_number="R-8F2K",
        account_number="4012345678",
        amount=Decimal("204.53"),
        method_label="Visa ending in 4242",
        at=datetime(2026, 1, 16, 2, tzinfo=UTC),
        balance_after=Decimal("-5.00"),
    )
    [page] = pages(receipt_pdf(brand, payment))
    for words in ("R-8F2K", "$204.53", "January 15, 2026", "ending in 5678", "$0.00", "$5.00"):
        assert words in page, words
    assert receipt_name(payment) == "receipt-R-8F2K.pdf"
    assert receipt_pdf(brand, payment) == receipt_pdf(brand, payment)


# --- charts -------------------------------------------------------------------------------------


def months(count: int, *, before: bool = True) -> list[Point]:
    first = date(2025, 1, 1)
    return [
        Point(
            day=first + timedelta(days=30 * n),
            end=first + timedelta(days=30 * n + 29),
            used=Decimal(500 + 40 * n),
            before=Decimal(450 + 40 * n) if before else None,
        )
        for n in range(count)
    ]


def usage(points: list[Point], by: str = "month") -> Card:
    series = Series(fuel="electric", by=by, points=tuple(points))
    data = {"chart": series.model_dump(mode="json", exclude_none=True)}
    return Card(card="usage", title="Your energy use", data=data)


def colours(png: bytes) -> dict[object, int]:
    """Pixels of each colour."""
    with Image.open(BytesIO(png)) as image:
        assert image.size == (WIDE, HIGH)
        found = image.convert("RGB").getcolors(WIDE * HIGH)
    return {colour: count for count, colour in found or ()}


def test_a_chart_shows_this_year_beside_the_last(brand: Brand) -> None:
    chart = chart_png(brand, usage(months(12)))
    assert chart is not None
    drawn = colours(chart.png)
    assert drawn[ACCENT] > drawn[FAINT] > 50_000, "this year's bars are the taller ones"
    assert max(drawn, key=lambda colour: drawn[colour]) == PAPER


def test_a_chart_without_a_last_year_has_no_bars_of_it(brand: Brand) -> None:
    chart = chart_png(brand, usage(months(12, before=False)))
    assert chart is not None
    assert colours(chart.png).get(FAINT, 0) == 0


def test_a_taller_bar_has_more_of_its_colour(brand: Brand) -> None:
    points = months(2, before=False)
    equal = [points[0], points[1].model_copy(update={"used": points[0].used})]
    half = [points[0], points[1].model_copy(update={"used": points[0].used / 2})]
    drawn = [chart_png(brand, usage(it)) for it in (equal, half)]
    [two, one_and_a_half] = [colours(it.png)[ACCENT] for it in drawn if it is not None]
    assert 0.72 < one_and_a_half / two < 0.78


def test_a_chart_says_in_words_what_it_shows(brand: Brand) -> None:
    chart = chart_png(brand, usage(months(12)))
    assert chart is not None
    assert chart.says == (
        "Your energy use: Electricity, January 2025 to December 2025. "
        "Most: December 2025, 940 kWh. Least: January 2025, 500 kWh."
    )
    with speaking("es"):
        spanish = chart_png(brand, usage(months(12)))
    assert spanish is not None
    assert "de enero de 2025 a diciembre de 2025" in spanish.says
    assert spanish.png != chart.png, "its months are Spanish"


@pytest.mark.parametrize("by", ["day", "hour"])
def test_days_and_hours_are_drawn_as_well(brand: Brand, by: str) -> None:
    begin = datetime(2026, 1, 10, tzinfo=UTC)
    points = [
        Point(
            day=(begin + timedelta(hours=n if by == "hour" else 24 * n)).date(),
            end=(begin + timedelta(hours=n if by == "hour" else 24 * n)).date(),
            at=begin + timedelta(hours=n) if by == "hour" else None,
            used=Decimal(n + 1) / 4,
        )
        for n in range(24)
    ]
    chart = chart_png(brand, usage(points, by))
    assert chart is not None
    assert colours(chart.png)[ACCENT] > 20_000
    assert "6 kWh" in chart.says


def test_two_periods_are_compared(brand: Brand) -> None:
    chart = chart_png(brand, COMPARED)
    assert chart is not None
    drawn = colours(chart.png)
    assert drawn[ACCENT] > drawn[FAINT] > 20_000
    assert chart.says == (
        "Your use compared: Jan 1 to Jan 14, 2026, and before that Dec 1 to Dec 14, 2025. "
        "Electricity: 282 kWh, before 265 kWh. Gas: 46 therms, before 39 therms."
    )


def test_nothing_used_is_no_chart(brand: Brand) -> None:
    assert chart_png(brand, usage([])) is None
    empty = copy.deepcopy(COMPARED.data) | {"services": {}}
    assert chart_png(brand, COMPARED.model_copy(update={"data": empty})) is None


def test_all_zeros_can_be_drawn(brand: Brand) -> None:
    zeros = [p.model_copy(update={"used": Decimal(0), "before": Decimal(0)}) for p in months(3)]
    assert chart_png(brand, usage(zeros)) is not None


def test_a_card_of_another_shape_is_refused(brand: Brand) -> None:
    with pytest.raises((KeyError, ValueError)):
        chart_png(brand, Card(card="usage", title="Your energy use"))
