"""What the usage desk says in Spanish of appliances, saving, rate plans and solar, every figure a
"#"."""

from __future__ import annotations

from typing import Any

import pytest

from contracts.language import speaking
from tests.usage import card_of, sentences, unconfirmed
from tests.utility import Utility

pytestmark = pytest.mark.integration

SAID: list[tuple[str, str, dict[str, Any], str]] = [
    (
        "Maria",
        "get_efficiency_tips",
        {},
        "Esto es lo que más le ayudaría. Aísle el ático hasta R-#: así ahorra alrededor de $# al "
        "año. Además, baje el termostato # grados por la noche y cuando no haya nadie en casa: "
        "así ahorra alrededor de $# al año. Son estimaciones según su propio consumo.",
    ),
    (
        "Maria",
        "get_efficiency_tips",
        {"focus_area": "business"},
        "Según sus lecturas, usted casi no gasta en un negocio, así que ahí hay poco que ahorrar."
        " Puedo revisar el resto de su hogar.",
    ),
    (
        "Maria",
        "get_rebate_programs",
        {},
        "Hay # reembolsos para una vivienda como la suya: $# para paneles solares, $# para un "
        "calentador de agua con bomba de calor y $# para una calefacción a gas de alta "
        "eficiencia, entre otros.",
    ),
    (
        "Sam",
        "get_rebate_programs",
        {},
        "Hay # reembolsos para un negocio como el suyo: $# para paneles solares, $# para un "
        "calentador de agua con bomba de calor y $# para una calefacción a gas de alta "
        "eficiencia, entre otros.",
    ),
    (
        "Maria",
        "calculate_appliance_cost",
        {"appliance": "space heater"},
        "Un calefactor portátil, # horas al día, cuesta alrededor de $# al mes. En los # días "
        "fríos del último año, eso suma $#. Es una estimación, a los precios de su propia tarifa.",
    ),
    (
        "Wei",
        "calculate_appliance_cost",
        {"appliance": "dryer"},
        "Una secadora eléctrica, # hora al día, cuesta alrededor de $# al mes fuera de las horas "
        "pico, y $# si se usa en esas horas. Son $# al año. Es una estimación, a los precios de "
        "su propia tarifa.",
    ),
    (
        "Maria",
        "calculate_appliance_cost",
        {"appliance": "fridge"},
        "Un refrigerador, en funcionamiento continuo, cuesta alrededor de $# al mes. Son $# al "
        "año. Es una estimación, a los precios de su propia tarifa.",
    ),
    (
        "Maria",
        "calculate_appliance_cost",
        {"appliance": "kettle"},
        "Una tetera eléctrica, # minutos al día, cuesta alrededor de $# al mes. Son $# al año. Es"
        " una estimación, a los precios de su propia tarifa.",
    ),
    (
        "Maria",
        "calculate_appliance_cost",
        {"appliance": "AC"},
        "¿Es un aire acondicionado central o un aire acondicionado de ventana?",
    ),
    (
        "Maria",
        "calculate_appliance_cost",
        {"appliance": "zzzz"},
        "No conozco ese aparato. ¿Se refiere a un calefactor portátil, un auto eléctrico, un "
        "refrigerador o una secadora eléctrica?",
    ),
    (
        "Wei",
        "calculate_appliance_cost",
        {"appliance": "gas oven"},
        "Usted no tiene servicio de gas con nosotros, así que no tengo un precio para eso. En "
        "cambio, puedo calcular cuánto costaría uno eléctrico.",
    ),
    (
        "Maria",
        "schedule_energy_audit",
        {"preferred_date": "next Tuesday morning"},
        "Reservaré una auditoría energética de su hogar en # Alder Street para el martes # de "
        "enero, de # a # a. m. ¿Le parece bien?",
    ),
    (
        "Maria",
        "schedule_energy_audit",
        {},
        "¿Cuándo le conviene? Tengo lugar en estos horarios: viernes # de enero, de # a # a. m., "
        "martes # de enero, de # a # a. m. o miércoles # de enero, de # a # a. m. ¿Cuál prefiere?",
    ),
    (
        "Maria",
        "get_rate_schedule",
        {},
        "Usted tiene la tarifa Residencial Fija: el kilovatio hora cuesta # centavos, impuestos "
        "incluidos. Una termia de gas cuesta $#. El precio cambió por última vez el # de enero. "
        "También podría elegir Residencial por Horario o Recompensas en Horas Pico.",
    ),
    (
        "Wei",
        "get_rate_schedule",
        {},
        "Usted tiene la tarifa Residencial por Horario: el kilovatio hora cuesta # centavos de # "
        "a # p. m. de lunes a viernes, y # centavos a cualquier otra hora, impuestos incluidos. "
        "El precio cambió por última vez el # de enero. También podría elegir Residencial Fija o "
        "Recompensas en Horas Pico.",
    ),
    (
        "Maria",
        "enroll_time_of_use",
        {},
        "A partir de su próxima factura, usted pasaría de la tarifa Residencial Fija a la tarifa "
        "Residencial por Horario. Desde entonces, la electricidad sería más cara de # a # p. m. "
        "de lunes a viernes, y más barata a cualquier otra hora. La electricidad de sus últimas #"
        " facturas habría costado $# en lugar de $# a los precios de hoy, $# más. Puede volver a "
        "cambiar después de # meses. ¿Hago el cambio?",
    ),
    (
        "Maria",
        "enroll_demand_response",
        {},
        "Le inscribiría en Recompensas en Horas Pico: usted recibe $# por temporada por consumir "
        "menos cuando se lo pidamos, y puede no participar cuando no le convenga. A partir de su "
        "próxima factura reemplaza a la tarifa Residencial Fija. Puede volver a cambiar después "
        "de # meses. ¿Desea que le inscriba?",
    ),
    (
        "Wei",
        "enroll_time_of_use",
        {},
        "Usted ya tiene la tarifa Residencial por Horario, así que no hay que hacer nada. Puedo "
        "mostrarle sus precios.",
    ),
    (
        "Sam",
        "enroll_demand_response",
        {},
        "La tarifa Recompensas en Horas Pico es para viviendas, y esta es la cuenta de un "
        "negocio. Puedo mostrarle su propia tarifa.",
    ),
    (
        "Maria",
        "check_solar_eligibility",
        {},
        "Sí, los paneles solares funcionarían en su techo. Caben unos # kilovatios, que "
        "producirían cerca de # kilovatios hora al año, el # por ciento de lo que usted consume. "
        "Según mi estimación, con su tarifa eso ahorra alrededor de $# al año.",
    ),
    (
        "Elena",
        "check_solar_eligibility",
        {},
        "Sí, los paneles solares funcionarían en su techo. Caben unos # kilovatios, que "
        "producirían cerca de # kilovatios hora al año. Es más de lo que usted consume: bastarían"
        " # kilovatios. Según mi estimación, con su tarifa eso ahorra alrededor de $# al año.",
    ),
    (
        "James",
        "check_solar_eligibility",
        {},
        "Su vivienda no tiene techo propio, así que no se le pueden instalar paneles. El dueño "
        "del edificio puede preguntarnos por el techo.",
    ),
]


@pytest.mark.parametrize(("who", "tool", "raw", "said"), SAID)
async def test_sentences(
    utility: Utility, who: str, tool: str, raw: dict[str, Any], said: str
) -> None:
    with speaking("es"):
        assert sentences(await unconfirmed(utility, who, tool, **raw)) == said


async def test_what_was_ordered(utility: Utility) -> None:
    with speaking("es"):
        first = await utility.done("request_meter_test")
        again = await utility.refused("request_meter_test")
        audit = await utility.done("schedule_energy_audit", preferred_date="January 20, 8-10")
    assert sentences(first) == (
        "Un técnico probará su medidor de electricidad el viernes # de enero, de # a # a. m. Su "
        "número de confirmación es S-#. No tiene costo."
    )
    assert sentences(again) == (
        "Ya tiene una prueba del medidor para el viernes # de enero, de # a # a. m. El número de "
        "confirmación es S-#. Si lo desea, puedo cambiarla a otro día."
    )
    assert sentences(audit) == (
        "Su auditoría energética es el martes # de enero, de # a # a. m. Su número de confirmación "
        "es S-#."
    )


async def test_a_change_of_the_rate_plan(utility: Utility) -> None:
    with speaking("es"):
        joined = await utility.done("enroll_demand_response")
        lately = await utility.refused("enroll_time_of_use")
    assert sentences(joined) == (
        "Listo. A partir de su próxima factura, tiene la tarifa Recompensas en Horas Pico. "
        "Recibirá $# por temporada, y puede no participar cuando no le convenga."
    )
    assert dict(card_of(joined).rows) == {
        "Tarifa": "Recompensas en Horas Pico",
        "Antes": "Residencial Fija",
        "Desde": "su próxima factura",
        "Se puede volver a cambiar": "a partir del 15 de enero de 2027",
        "Crédito por temporada": "$40.00",
    }
    assert joined.facts == {"account": {"rate_plan": "Peak Time Rewards"}}, "facts are no sentence"
    assert sentences(lately) == (
        "La tarifa se puede cambiar una vez cada # meses, y la suya se cambió el # de enero. A "
        "partir del # de enero de # se puede volver a cambiar."
    )
