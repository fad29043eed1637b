"""What billing says in Spanish: whole sentences, amounts and numbers masked."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta

import pytest

from contracts.language import speaking
from contracts.messages import Card, Choices, Link, Part
from contracts.tooling import Agreed, AskAgain, Cannot, Confirmation, Done, Result
from tests.billing import card_of, unconfirmed
from tests.utility import Utility

pytestmark = pytest.mark.integration

PLAN = {"total_amount": "balance", "months": "4"}
DEFAULT = {"payment_method": "default"}
BOX = {"new_address": "PO Box 9, Key West, FL 33040"}
# Function words that no Spanish sentence has.
ENGLISH = re.compile(
    r"\b(your|the|is|are|to|of|and|or|from|you|we|it|on|for|with)\b", re.IGNORECASE
)


@pytest.fixture(autouse=True)
def spanish() -> Iterator[None]:
    with speaking("es"):
        yield


def masked(text: str) -> str:
    """A text with $0 for every amount and # for the number of a receipt or a case."""
    return re.sub(r"\b[RC]-[\dA-Z-]+", "#", re.sub(r"\$[\d,]+\.\d\d", "$0", text))


def texts(result: Result | Confirmation) -> Iterator[str]:
    """All that a customer reads or hears."""
    match result:
        case Confirmation():
            yield result.read_back
        case Cannot():
            yield from (result.say, result.next)
        case Done() | AskAgain():
            yield result.say
            for part in result.show:
                yield from shown(part)


def shown(part: Part) -> Iterator[str]:
    match part:
        case Card():
            yield part.title
            yield from (cell for row in part.rows for cell in row)
        case Choices():
            yield part.prompt
            yield from (option.label for option in part.options)
        case Link():
            yield part.label


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
PAYING = [
    (
        "Maria",
        "process_payment",
        {"amount": "20", **DEFAULT},
        "Pagué $0 con su Visa que termina en 4242. Su número de recibo es #. Todavía debe $0.",
    ),
    (
        "Maria",
        "process_payment",
        {"amount": "balance", **DEFAULT},
        "Pagué $0 con su Visa que termina en 4242. Su número de recibo es #. Ahora no debe nada.",
    ),
    (
        "Hannah",
        "process_payment",
        {"amount": "30", "payment_method": "0408"},
        "Su pago de $0 con su Visa que termina en 0408 todavía se está procesando, así que por "
        "favor no lo pague otra vez. Le enviaremos un mensaje en cuanto tengamos la respuesta.",
    ),
    (
        "Maria",
        "process_payment",
        {"amount": "9000", **DEFAULT},
        "Debe $0, así que eso es lo máximo que puedo cobrar.",
    ),
    (
        "Maria",
        "process_payment",
        {"amount": "0.50", **DEFAULT},
        "Un pago es de $0 como mínimo. ¿Cuánto quiere pagar?",
    ),
    (
        "Maria",
        "process_payment",
        {"amount": "20", "payment_method": "paypal"},
        "Puedo usar su Visa que termina en 4242 o su cuenta corriente que termina en 9911. ¿Cuál "
        "prefiere?",
    ),
    (
        "Maria",
        "process_payment",
        {"amount": "20", "payment_method": "4111 1111 1111 1111"},
        "Por favor, no comparta números de tarjeta aquí. Puedo usar su Visa que termina en 4242 o "
        "su cuenta corriente que termina en 9911.",
    ),
    (
        "James",
        "setup_payment_plan",
        PLAN,
        "Su plan de pagos está listo. Cobré $0, con el número de recibo #, y el resto queda en 4 "
        "pagos mensuales de $0, del 15 de febrero al 15 de mayo.",
    ),
    (
        "James",
        "setup_payment_plan",
        {"total_amount": "balance"},
        "Con $0 ahora, el resto, $0, se puede pagar hasta en 12 meses. ¿En cuántos meses quiere "
        "pagarlo?",
    ),
    (
        "James",
        "setup_payment_plan",
        {**PLAN, "months": "40"},
        "Un plan puede durar 12 meses como máximo. En 12 meses serían $0 al mes. ¿Le conviene así "
        "o prefiere menos meses?",
    ),
    (
        "James",
        "setup_payment_plan",
        {**PLAN, "down_payment": "1"},
        "El pago inicial para $0 es de $0 como mínimo, y menor que el total. ¿Cuánto puede pagar "
        "ahora?",
    ),
    (
        "Ben",
        "setup_payment_plan",
        PLAN,
        "Un plan de pagos es para $0 o más, y usted debe $0.",
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
BILLING = [
    (
        "James",
        "check_assistance_programs",
        {},
        "Hay 5 programas que pueden ayudarle: Ayuda de Energía LIHEAP, Fondo de Vecinos, Reducción "
        "de Saldos Vencidos y 2 más. Ayuda de Energía LIHEAP: una ayuda anual para las facturas de "
        "calefacción y aire acondicionado, que se paga directamente a su cuenta. ¿Quiere que le "
        "diga cómo solicitarlo?",
    ),
    (
        "Wei",
        "check_assistance_programs",
        {},
        "Hay 4 programas que pueden ayudarle: Facturación Nivelada, Ayuda de Energía LIHEAP, "
        "Descuento en la Factura de Energía y uno más. Facturación Nivelada: el mismo monto cada "
        "mes, para que las facturas de invierno y de verano no traigan sorpresas. ¿Quiere que le "
        "diga cómo solicitarlo?",
    ),
    (
        "Maria",
        "setup_autopay",
        DEFAULT,
        "El pago automático está activado: lo que debe se cobra a su Visa que termina en 4242 el "
        "día en que vence cada factura.",
    ),
    (
        "Maria",
        "enroll_autopay",
        {"payment_method": "4242", "payment_day": 5},
        "El pago automático está activado: lo que debe se cobra a su Visa que termina en 4242 el "
        "día 5 de cada mes.",
    ),
    (
        "Maria",
        "enroll_autopay",
        {"payment_method": "4242", "payment_day": 31},
        "El pago automático puede hacerse cualquier día del 1 al 28. ¿Qué día prefiere?",
    ),
    (
        "Wei",
        "enroll_budget_billing",
        {},
        "Ya tiene la facturación nivelada: $0 cada mes. Cada 6 meses la comparamos con lo que "
        "consumió y la ajustamos.",
    ),
    (
        "James",
        "enroll_budget_billing",
        {},
        "La facturación nivelada puede empezar cuando no haya nada vencido; ahora hay un saldo "
        "vencido de $0.",
    ),
    ("Tom", "enroll_budget_billing", {}, "Ya tiene la facturación nivelada, de $0 al mes."),
    (
        "Maria",
        "update_billing_address",
        BOX,
        "Sus facturas ahora se envían a PO Box 9, Key West, FL 33040. Usted recibe sus facturas "
        "sin papel, así que por ahora le llegan por correo electrónico.",
    ),
    (
        "Maria",
        "update_billing_address",
        {"new_address": "12 Oak Street"},
        "Necesito la dirección postal completa en Estados Unidos. Me falta lo siguiente: la "
        "ciudad, el estado y el código postal. ¿Me la puede decir completa?",
    ),
]


@pytest.mark.parametrize(
    ("who", "tool", "raw", "said"),
    [
        *BILLS,
        *((who, "explain_charges", {"charge_type": about}, said) for who, about, said in CHARGES),
        *PAYING,
        *CREDITS,
        *BILLING,
    ],
)
async def test_what_is_said(
    utility: Utility, who: str, tool: str, raw: dict[str, str], said: str
) -> None:
    result = await utility.run(tool, await utility.call(who), **raw)
    assert isinstance(result, Done | AskAgain | Cannot)
    assert masked(result.say) == said
    assert not [text for text in texts(result) if ENGLISH.search(text)]


@pytest.mark.parametrize(
    ("who", "tool", "raw", "asked"),
    [
        (
            "Maria",
            "process_payment",
            {"amount": "20", **DEFAULT},
            "Voy a pagar $0 con su Visa que termina en 4242. ¿Está de acuerdo?",
        ),
        (
            "James",
            "setup_payment_plan",
            PLAN,
            "Voy a cobrar $0 ahora a su Visa que termina en 4242, y usted paga el resto en 4 pagos "
            "mensuales de $0, del 15 de febrero al 15 de mayo. Sus facturas nuevas se pagan "
            "aparte. ¿Está de acuerdo?",
        ),
        (
            "Maria",
            "setup_autopay",
            DEFAULT,
            "Voy a activar el pago automático: lo que debe se cobra a su Visa que termina en 4242 "
            "el día en que vence cada factura. ¿Está de acuerdo?",
        ),
        (
            "Wei",
            "enroll_budget_billing",
            {},
            "Con la facturación nivelada pagaría $0 al mes, el promedio de sus últimas 12 "
            "facturas. Revisamos el monto cada 6 meses. ¿Quiere que la active?",
        ),
        (
            "Maria",
            "update_billing_address",
            BOX,
            "Voy a enviar sus facturas a PO Box 9, Key West, FL 33040. La dirección donde recibe "
            "el servicio no cambia. ¿Está de acuerdo?",
        ),
    ],
)
async def test_what_is_read_back(
    utility: Utility, who: str, tool: str, raw: dict[str, str], asked: str
) -> None:
    confirmation = await utility.read_back(tool, await utility.call(who), **raw)
    assert masked(confirmation.read_back) == asked


async def test_a_bills_card(utility: Utility) -> None:
    card = card_of(await utility.done("get_bill_breakdown"))
    assert card.title == "Su factura de enero, cargo por cargo"
    labels = [label for label, _ in card.rows]
    assert labels[0] == "Cargo básico, electricidad"
    assert labels[1] == "Energía, 585.27 kWh a $0.0983"
    assert labels[-1] == "Total"


async def test_a_payment_that_is_declined(utility: Utility) -> None:
    call = await utility.call("Sam")
    result = await utility.refused("process_payment", call, amount="25", payment_method="0002")
    assert result.say == (
        "Su pago de $25.00 no se pudo hacer. El banco lo rechazó porque no hay suficiente dinero "
        "en la cuenta. No se cobró nada."
    )
    assert result.next.startswith("En su lugar puedo intentar con su Visa que termina en 4242")


async def test_a_plan_there_is(utility: Utility) -> None:
    await utility.done("setup_payment_plan", await utility.call("James"), **PLAN)
    bill = await utility.done("get_current_bill", await utility.call("James"))
    assert masked(bill.say) == (
        "Su factura de enero es de $0. En total debe $0. El próximo pago de su plan, de $0, vence "
        "el 15 de febrero."
    )
    again = await utility.refused("setup_payment_plan", await utility.call("James"), **PLAN)
    assert masked(again.say) == (
        "Ya tiene un plan de pagos, y solo se puede tener uno a la vez. Su próxima cuota, de $0, "
        "vence el 15 de febrero."
    )


async def test_a_credit_of_an_earlier_day(utility: Utility) -> None:
    await utility.done("apply_credit", await utility.call("Ben"), credit_type="outage")
    utility.clock.advance(timedelta(days=2))
    later = await utility.done("apply_credit", await utility.call("Ben"), credit_type="outage")
    assert masked(later.say) == (
        "El 15 de enero se acreditaron $0 por el apagón del 2 de enero. Ahora no debe nada."
    )


async def test_a_yes_in_another_language_is_a_yes_to_the_same_amount(utility: Utility) -> None:
    """Read back in English, agreed to in Spanish."""
    call = await utility.call("Wei")
    with speaking("en"):
        asked = await utility.read_back("enroll_budget_billing", call)
    agreed = replace(call, agreed=Agreed(asked.read_back, utility.clock.now()))
    result = await unconfirmed(utility, "enroll_budget_billing", agreed)
    assert isinstance(result, Done)
    assert f"la facturación nivelada: ${result.data['amount']} cada mes" in result.say


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
