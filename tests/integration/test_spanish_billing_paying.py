"""What billing says in Spanish of paying, plans, programs and how bills come: whole sentences,
amounts and numbers masked."""

from __future__ import annotations

from dataclasses import replace

import pytest

from contracts.language import speaking
from contracts.tooling import Agreed, Done
from tests.billing import assert_said, masked, unconfirmed
from tests.utility import Utility

pytestmark = [pytest.mark.integration, pytest.mark.usefixtures("spanish")]

PLAN = {"total_amount": "balance", "months": "4"}
DEFAULT = {"payment_method": "default"}
BOX = {"new_address": "PO Box 9, Key West, FL 33040"}
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
        *PAYING,
        *BILLING,
    ],
)
async def test_what_is_said(
    utility: Utility, who: str, tool: str, raw: dict[str, str], said: str
) -> None:
    await assert_said(utility, who, tool, raw, said)


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


async def test_a_yes_in_another_language_is_a_yes_to_the_same_amount(utility: Utility) -> None:
    """Read back in English, agreed to in Spanish."""
    call = await utility.call("Wei")
    with speaking("en"):
        asked = await utility.read_back("enroll_budget_billing", call)
    agreed = replace(call, agreed=Agreed(asked.read_back, utility.clock.now()))
    result = await unconfirmed(utility, "enroll_budget_billing", agreed)
    assert isinstance(result, Done)
    assert f"la facturación nivelada: ${result.data['amount']} cada mes" in result.say
