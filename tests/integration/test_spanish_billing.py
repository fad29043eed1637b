"""What billing says in Spanish of bills, charges and credits: whole sentences, amounts and numbers
masked."""

from __future__ import annotations

from datetime import timedelta

import pytest

from contracts.language import speaking
from tests.billing import assert_said, card_of, masked
from tests.utility import Utility

pytestmark = [pytest.mark.integration, pytest.mark.usefixtures("spanish")]

BILLS = [
    ("Maria", "get_current_bill", {}, "Su factura de enero es de $0 y vence el 24 de enero."),
    (
        "James",
        "get_current_bill",
        {},
        "Su factura de enero es de $0, con vencimiento el 24 de enero. Con un saldo vencido de $0, "
        "debe $0 en total.",
    ),
    (
        "Wei",
        "get_current_bill",
        {},
        "Su factura de diciembre, de $0, está pagada. En este momento no debe nada.",
    ),
    (
        "Maria",
        "get_payment_status",
        {},
        "Su último pago, de $0, llegó el 20 de diciembre. Debe $0, que puede pagar hasta el 24 de "
        "enero.",
    ),
    (
        "James",
        "get_payment_status",
        {},
        "Su último pago, de $0, llegó el 20 de noviembre. Debe $0. De ese total, hay un saldo "
        "vencido de $0, y el resto vence el 24 de enero.",
    ),
    (
        "Maria",
        "get_bill_history",
        {"months": 5},
        "Sus últimas 5 facturas promedian $0. La más alta fue la de enero de 2026, de $0, y la más "
        "baja la de octubre de 2025, de $0.",
    ),
    (
        "Maria",
        "get_bill_breakdown",
        {},
        "Su factura de enero es de $0: $0 por gas, $0 por energía, $0 por distribución y $0 por lo "
        "demás.",
    ),
    (
        "Maria",
        "get_bill_breakdown",
        {"bill_date": "March 2019"},
        "No encontré esa factura. Las últimas son las de enero, diciembre y noviembre. ¿Cuál "
        "quiere?",
    ),
    (
        "Maria",
        "get_payment_history",
        {"months": 6},
        "Hizo 6 pagos en los últimos 6 meses, por $0 en total. Su último pago, de $0, llegó el 20 "
        "de diciembre.",
    ),
    (
        "Maria",
        "get_payment_history",
        {"months": 1},
        "Hizo un pago en el último mes, por $0 en total. Su último pago, de $0, llegó el 20 de "
        "diciembre.",
    ),
]
CHARGES = [
    (
        "Maria",
        "high bill",
        "Su factura de enero es de $0, $0 más que la de diciembre de 2025. El clima más frío sumó "
        "$0, un día más sumó $0, los precios sumaron $0 y su propio consumo sumó $0.",
    ),
    (
        "Wei",
        "high bill",
        "Su factura de diciembre es de $0, $0 más que la de noviembre. El clima más frío sumó $0, "
        "su propio consumo restó $0 y un día menos restó $0.",
    ),
    (
        "Maria",
        "delivery",
        "El cargo de distribución paga lo que cuesta llevarle la electricidad: las líneas, los "
        "postes y las subestaciones. En su factura de enero son $0 por 585.27 kilovatios hora a "
        "4.56 centavos.",
    ),
    (
        "Maria",
        "impuesto",
        "El impuesto municipal es un porcentaje de todos los cargos, que entregamos a la ciudad. "
        "En su factura de enero son $0 por el impuesto municipal, el 2.5 por ciento de los cargos.",
    ),
    (
        "Maria",
        "cargo básico",
        "El cargo básico es un monto mensual fijo por el medidor, la facturación y el servicio. En "
        "su factura de enero son $0: $0 fijos al mes por el cargo básico de electricidad y $0 "
        "fijos al mes por el cargo básico de gas.",
    ),
    (
        "Maria",
        "gas",
        "Los cargos de gas son el gas que consumió y un monto fijo por el medidor de gas. En su "
        "factura de enero son $0: $0 fijos al mes por el cargo básico de gas y $0 por 86.19 "
        "termias a 104.12 centavos.",
    ),
    (
        "Wei",
        "horas pico",
        "Con su tarifa, la energía tiene un precio en las horas pico y uno más bajo el resto del "
        "tiempo. En su factura de diciembre son $0: $0 por 206.97 kilovatios hora a 20.28 centavos "
        "y $0 por 1,228.09 kilovatios hora a 7.03 centavos.",
    ),
    (
        "James",
        "late fee",
        "El 30 de diciembre se le aplicó un cargo por mora de $0 por su factura que venció el 24 "
        "de diciembre, porque no se pagó dentro de los 5 días después de su vencimiento. Puedo "
        "revisar si se lo podemos quitar.",
    ),
    ("Maria", "late fee", "No tuvo ningún cargo por mora en los últimos 12 meses."),
    (
        "Maria",
        "unicorn",
        "No veo eso en su última factura. Tiene lo siguiente: el cargo básico de electricidad, "
        "energía, distribución, el cargo básico de gas, gas, el cargo para fines públicos y el "
        "impuesto municipal. ¿Qué cargo quiere ver?",
    ),
]
CREDITS = [
    (
        "Ben",
        "check_eligible_credits",
        {},
        "Puede recibir $0 por el apagón del 2 de enero. ¿Quiere que lo acredite a su cuenta?",
    ),
    (
        "James",
        "check_eligible_credits",
        {},
        "Puede recibir $0 por el cargo por mora del 30 de diciembre. ¿Quiere que lo acredite a su "
        "cuenta?",
    ),
    ("Maria", "check_eligible_credits", {}, "No hay ningún crédito disponible en su cuenta."),
    (
        "Ben",
        "apply_credit",
        {"credit_type": "apagón", "amount": "500"},
        "Acredité $0 a su cuenta por el apagón del 2 de enero. Según nuestras reglas son $0. Ahora "
        "no debe nada.",
    ),
    (
        "James",
        "apply_credit",
        {"credit_type": "mora"},
        "Acredité $0 a su cuenta por el cargo por mora del 30 de diciembre. Ahora debe $0.",
    ),
    (
        "Maria",
        "apply_credit",
        {"credit_type": "depósito"},
        "No tenemos ningún depósito de su cuenta.",
    ),
    (
        "Maria",
        "apply_credit",
        {"credit_type": "kindness"},
        "Los créditos siguen reglas fijas: un cargo por mora, un apagón, una cita a la que no "
        "llegamos o un depósito. En los demás casos decide una persona de nuestro equipo.",
    ),
    (
        "Maria",
        "apply_credit",
        {"credit_type": "missed appointment"},
        "Lo siento mucho. Le pedí a una persona de nuestro equipo que revise la cita; si nuestro "
        "técnico no llegó en el horario acordado, se le acreditarán $0.",
    ),
    (
        "Maria",
        "request_bill_review",
        {"reason": "x"},
        "Una persona de nuestro equipo revisará su factura de enero y le responderá a más tardar "
        "el 30 de enero. Hasta entonces, esos $0 no cuentan como vencidos. Su número de caso es #.",
    ),
    (
        "Maria",
        "request_bill_review",
        {"reason": "x", "bill_date": "January 2025"},
        "Una factura se puede revisar durante 12 meses, y la de enero de 2025 es más antigua.",
    ),
    (
        "Maria",
        "request_bill_review",
        {"reason": "x", "bill_date": "May 1999"},
        "No encontré esa factura. ¿De qué mes es?",
    ),
]


@pytest.mark.parametrize(
    ("who", "tool", "raw", "said"),
    [
        *BILLS,
        *((who, "explain_charges", {"charge_type": about}, said) for who, about, said in CHARGES),
        *CREDITS,
    ],
)
async def test_what_is_said(
    utility: Utility, who: str, tool: str, raw: dict[str, str], said: str
) -> None:
    await assert_said(utility, who, tool, raw, said)


async def test_a_bills_card(utility: Utility) -> None:
    card = card_of(await utility.done("get_bill_breakdown"))
    assert card.title == "Su factura de enero, cargo por cargo"
    labels = [label for label, _ in card.rows]
    assert labels[0] == "Cargo básico, electricidad"
    assert labels[1] == "Energía, 585.27 kWh a $0.0983"
    assert labels[-1] == "Total"


async def test_a_credit_of_an_earlier_day(utility: Utility) -> None:
    await utility.done("apply_credit", await utility.call("Ben"), credit_type="outage")
    utility.clock.advance(timedelta(days=2))
    later = await utility.done("apply_credit", await utility.call("Ben"), credit_type="outage")
    assert masked(later.say) == (
        "El 15 de enero se acreditaron $0 por el apagón del 2 de enero. Ahora no debe nada."
    )


async def test_what_a_model_reads_has_no_language(utility: Utility) -> None:
    """Data and facts are the same whatever is spoken."""
    reads = ("get_current_bill", "get_bill_breakdown", "explain_charges", "get_payment_history")
    more = ("check_eligible_credits", "check_assistance_programs", "get_payment_status")
    for tool in (*reads, *more):
        spanish = await utility.done(tool, await utility.call("James"))
        with speaking("en"):
            english = await utility.done(tool, await utility.call("James"))
        assert (spanish.data, spanish.facts) == (english.data, english.facts)
        assert spanish.say != english.say
