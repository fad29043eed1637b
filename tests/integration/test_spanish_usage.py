"""What the usage desk says in Spanish of use and meters, every figure a "#"; and that no English is
left in anything it says."""

from __future__ import annotations

import re
from typing import Any

import pytest

from contracts.identity import Rung
from contracts.language import speaking, t
from contracts.messages import Channel
from tests.telling import texts_of
from tests.usage import TODAY, card_of, sentences, set_premise, unconfirmed
from tests.utility import Utility
from tools.usage.neighbors import group_said

pytestmark = pytest.mark.integration

# Function words that no Spanish sentence has.
ENGLISH = re.compile(r"\b(your|you|the|is|are|to|of|and|with|for|from|about|on|we|it)\b", re.I)
HAPPY: dict[str, dict[str, Any]] = {
    "get_usage_history": {},
    "get_usage_comparison": {},
    "get_usage_breakdown": {},
    "compare_to_neighbors": {},
    "get_meter_info": {},
    "explain_meter_reading": {},
    "request_meter_test": {"reason": "gas"},
    "get_efficiency_tips": {},
    "get_rebate_programs": {},
    "calculate_appliance_cost": {"appliance": "dishwasher"},
    "schedule_energy_audit": {"preferred_date": "next Tuesday"},
    "check_solar_eligibility": {},
    "get_rate_schedule": {},
    "enroll_demand_response": {},
}
SAID: list[tuple[str, str, dict[str, Any], str]] = [
    (
        "Maria",
        "get_usage_history",
        {},
        "En sus últimas # facturas consumió # kilovatios hora y # termias de gas. El mes de mayor"
        " consumo fue agosto de #, con # kilovatios hora. Su última factura muestra un # por "
        "ciento más de consumo diario que la de hace un año.",
    ),
    (
        "Wei",
        "get_usage_history",
        {"months": 1},
        "En su última factura consumió # kilovatios hora. Su última factura muestra un # por "
        "ciento más de consumo diario que la de hace un año.",
    ),
    (
        "Maria",
        "get_usage_comparison",
        {},
        "En los primeros # días de enero usted consumió # kilovatios hora, un # por ciento más "
        "que en los primeros # días de diciembre. Su consumo de gas fue un # por ciento mayor. En"
        " total son $# más a los precios de hoy. Según mi estimación, la mayor parte de la "
        "diferencia se debe al clima.",
    ),
    (
        "Maria",
        "get_usage_comparison",
        {"comparison_period": "el año pasado"},
        "En los últimos # días usted consumió # kilovatios hora, un # por ciento más que en los "
        "mismos días de hace un año. Su consumo de gas fue un # por ciento mayor. En total son $#"
        " más a los precios de hoy. Según mi estimación, la mayor parte de la diferencia se debe "
        "al clima.",
    ),
    (
        "Sam",
        "get_usage_comparison",
        {"comparison_period": "last winter"},
        "En lo que va de este invierno usted consumió # kilovatios hora, casi lo mismo que en los"
        " mismos días del invierno pasado. Su consumo de gas fue un # por ciento mayor. En total "
        "son $# más a los precios de hoy.",
    ),
    (
        "Wei",
        "get_usage_comparison",
        {"comparison_period": "last spring"},
        "En la primavera que empezó en marzo de # usted consumió # kilovatios hora, un # por "
        "ciento menos que en la primavera anterior. En total son $# menos a los precios de hoy. "
        "Según mi estimación, la mayor parte de la diferencia se debe al clima.",
    ),
    (
        "Maria",
        "get_usage_comparison",
        {"comparison_period": "October"},
        "En octubre de # usted consumió # kilovatios hora, un # por ciento menos que en octubre "
        "de #. Su consumo de gas fue un # por ciento menor. En total son $# menos a los precios "
        "de hoy. Según mi estimación, la mayor parte de la diferencia se debe al clima.",
    ),
    (
        "Hannah",
        "get_usage_comparison",
        {"comparison_period": "last week"},
        "En los últimos # días usted consumió # kilovatios hora, un # por ciento más que en los #"
        " días anteriores. En total son $# más a los precios de hoy. Según mi estimación, la "
        "mayor parte de la diferencia se debe al clima.",
    ),
    (
        "Maria",
        "get_usage_comparison",
        {"comparison_period": "yesterday"},
        "En el último día usted consumió # kilovatios hora, un # por ciento más que en el mismo "
        "día de hace una semana. Su consumo de gas fue un # por ciento mayor. En total son $# más"
        " a los precios de hoy.",
    ),
    (
        "Maria",
        "get_usage_comparison",
        {"comparison_period": "5 years ago"},
        "Guardo dos años de lecturas. Puedo comparar con el mes pasado, el año pasado, el "
        "invierno pasado o la misma semana del año pasado. ¿Con cuál?",
    ),
    (
        "Aisha",
        "get_usage_comparison",
        {"comparison_period": "last year"},
        "Tengo sus lecturas desde el # de noviembre, y eso es muy poco tiempo para esa "
        "comparación. Si lo desea, puedo comparar los últimos días con los anteriores.",
    ),
    (
        "Maria",
        "get_usage_breakdown",
        {},
        "Su electricidad se reparte más o menos así: # por ciento en lo que siempre está "
        "encendido, # por ciento en aire acondicionado y # por ciento en calefacción. Su gas se "
        "reparte más o menos así: # por ciento en calefacción, # por ciento en agua caliente y # "
        "por ciento en todo lo demás. En los últimos # días, su mayor consumo fue el # de enero: "
        "# kilovatios hora. Este reparto es una estimación mía, según sus lecturas y el clima.",
    ),
    (
        "Maria",
        "compare_to_neighbors",
        {},
        "En diciembre de # usted consumió # kilovatios hora. Es un # por ciento más que el "
        "promedio de # casas con calefacción a gas en nuestra zona. Los más eficientes consumen #"
        " kilovatios hora.",
    ),
    (
        "Elena",
        "compare_to_neighbors",
        {},
        "En diciembre de # usted consumió # kilovatios hora. Es un # por ciento menos que el "
        "promedio de # casas con calefacción a gas en nuestra zona. Usted está entre los más "
        "eficientes.",
    ),
    (
        "Sam",
        "compare_to_neighbors",
        {},
        "Cerca de usted hay menos de # comercios como el suyo, y no comparamos con tan pocos, "
        "para que no se pueda adivinar el consumo de nadie. En cambio, puedo comparar su consumo "
        "con el que usted tenía antes.",
    ),
    (
        "Maria",
        "get_meter_info",
        {},
        "Su medidor de electricidad termina en # # # # y es un medidor inteligente. El # de enero"
        " marcaba #. Su medidor de gas termina en # # # # y es un medidor inteligente. El # de "
        "enero marcaba #. La próxima lectura para la factura será alrededor del # de febrero.",
    ),
    (
        "Maria",
        "submit_meter_read",
        {"reading": ""},
        "¿Qué dígitos muestra su medidor, de izquierda a derecha?",
    ),
    (
        "Maria",
        "submit_meter_read",
        {"reading": "1234567"},
        "Su medidor de electricidad muestra # dígitos, y estos son #. Por favor, léalos otra vez "
        "de izquierda a derecha, sin los que van después del punto.",
    ),
    (
        "Maria",
        "submit_meter_read",
        {"reading": "48213"},
        "Eso es menos que la última lectura de su medidor de electricidad, # el # de enero, así "
        "que no puedo aceptar esa lectura. Por favor, revise los dígitos una vez más. Si de "
        "verdad muestra eso, un técnico puede pasar a leer el medidor.",
    ),
    (
        "Wei",
        "submit_meter_read",
        {"reading": "00001"},
        "Eso es # más que la última lectura de su medidor de electricidad, # el # de enero: mucho"
        " más de lo que suele consumir, así que no puedo aceptar esa lectura. Por favor, revise "
        "los dígitos una vez más. Si de verdad muestra eso, un técnico puede pasar a leer el "
        "medidor.",
    ),
    (
        "Wei",
        "submit_meter_read",
        {"reading": "gas 4521"},
        "No veo ningún medidor de gas en su dirección. Puedo comunicarle con una persona de "
        "nuestro equipo.",
    ),
    (
        "Maria",
        "request_meter_test",
        {},
        "Programaré una prueba de su medidor de electricidad que termina en # para el viernes # "
        "de enero, de # a # a. m., sin costo. ¿Desea que proceda?",
    ),
    (
        "Maria",
        "explain_meter_reading",
        {},
        "Su medidor de electricidad inteligente es fácil de leer. La pantalla cambia cada pocos "
        "segundos; espere hasta que diga kWh. Anote los dígitos de izquierda a derecha, también "
        "los ceros del principio. No anote lo que va después del punto decimal.",
    ),
    (
        "Wei",
        "explain_meter_reading",
        {"meter_type": "gas with dials"},
        "Para un medidor de gas de esferas, haga lo siguiente. Lea las esferas de izquierda a "
        "derecha; cada una gira al revés que la de al lado. Si la aguja está entre dos números, "
        "anote el menor; entre el # y el #, anote el #. Si está justo sobre un número, mire la "
        "esfera de su derecha: si esa aguja todavía no pasó del #, anote uno menos. No tome en "
        "cuenta las esferas pequeñas de medio pie y de dos pies: son para pruebas.",
    ),
]


@pytest.mark.parametrize(("who", "tool", "raw", "said"), SAID)
async def test_sentences(
    utility: Utility, who: str, tool: str, raw: dict[str, Any], said: str
) -> None:
    with speaking("es"):
        assert sentences(await unconfirmed(utility, who, tool, **raw)) == said


async def test_a_reading_that_is_taken(utility: Utility) -> None:
    meters = (await utility.done("get_meter_info")).data["meters"]
    with speaking("es"):
        result = await utility.done(
            "submit_meter_read", reading=f"gas {int(meters[1]['last_reading']) + 2:05d}"
        )
    assert sentences(result) == (
        "Gracias, registré # para su medidor de gas que termina en #. Concuerda con lo que sabemos "
        "de su medidor."
    )
    assert [label for label, _ in card_of(result).rows] == [
        "Medidor",
        "Lectura",
        "Fecha de lectura",
    ]


async def test_tables(utility: Utility) -> None:
    call = await utility.call("Wei")
    with speaking("es"):
        usage = await utility.done("get_usage_history", months=1)
        rates = await utility.done("get_rate_schedule", call)
        meter = await utility.done("get_meter_info", await utility.call(channel=Channel.VOICE))
    assert card_of(usage).rows[1] == (
        "Diciembre de 2025, del 2 dic al 1 ene",
        "585 kWh, 86.2 termias, 42.8 °F en promedio",
    )
    assert ("Horas pico", "de 5 a 9 p. m. de lunes a viernes") in card_of(rates).rows
    assert ("Energía, horas pico", "$0.214 por kWh") in card_of(rates).rows
    assert ("También: Residencial Fija", "Un mismo precio a toda hora.") in card_of(rates).rows
    assert card_of(meter).rows[0] == (
        "Medidor de electricidad",
        "que termina en 0037, medidor inteligente",
    )


async def test_data_has_no_language(utility: Utility) -> None:
    for tool in ("get_rate_schedule", "check_solar_eligibility", "get_usage_breakdown"):
        call = await utility.call("Wei")
        english = await utility.done(tool, call)
        with speaking("es"):
            assert (await utility.done(tool, call)).data == english.data, tool


@pytest.mark.parametrize("channel", [Channel.VOICE, Channel.WHATSAPP])
@pytest.mark.parametrize(("tool", "raw"), HAPPY.items(), ids=list(HAPPY))
async def test_no_english_is_left(
    utility: Utility, tool: str, raw: dict[str, Any], channel: Channel
) -> None:
    call = await utility.call("Maria", agent="usage", channel=channel)
    with speaking("es"):
        told = list(texts_of(await utility.done(tool, call, **raw)))
    assert not [text for text in told if ENGLISH.search(text)]


async def test_no_english_is_left_in_a_refusal(utility: Utility) -> None:
    await utility.database["readings"].delete_many({})
    await set_premise(utility, "Hannah", meters=[], home=None)
    hannah, stranger = await utility.call("Hannah"), await utility.call(rung=Rung.ANONYMOUS)
    refused = {
        "get_usage_history": hannah,
        "get_meter_info": hannah,
        "enroll_time_of_use": hannah,
        "check_solar_eligibility": hannah,
        "get_usage_comparison": None,
        "get_usage_breakdown": None,
        "get_efficiency_tips": stranger,
    }
    with speaking("es"):
        for tool, call in refused.items():
            result = await utility.run(tool, call)
            assert not [text for text in texts_of(result) if ENGLISH.search(text)], tool


async def test_what_the_records_call_by_name_is_said_in_spanish(utility: Utility) -> None:
    """Rate plans and groups of neighbours: a new one of the records needs its translation."""
    plans = await utility.records.tariffs.on_offer(TODAY)
    groups = await utility.database["neighbours"].find().to_list()
    assert len(plans) >= 3
    assert groups
    with speaking("es"):
        for plan in plans:
            assert t(plan.name) != plan.name
            assert t(plan.summary) != plan.summary
            assert not [rate.label for rate in plan.rates if ENGLISH.search(t(rate.label))]
        for group in groups:
            assert re.match(
                r"(casas|casas adosadas|apartamentos|comercios) con ", group_said(group["group"])
            )
