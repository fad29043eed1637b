"""Knowing an emergency. A missed one is the worst error; a false alarm costs a kind sentence."""

from __future__ import annotations

import time
from pathlib import Path
from typing import Any

import pytest
import yaml

from nodes.emergency import calls_off, emergency, place_in

pytestmark = pytest.mark.unit

ROUTING = Path(__file__).parents[2] / "evals" / "data" / "routing"
REPORTS = {"report_gas_leak", "report_downed_wire"}

GAS = (
    "I smell gas", "I smell gas in my kitchen", "i smel gas", "I smell gass", "smells like gas",
    "it smells of gas in here", "there is a gas smell in the basement", "gas smell", "gas odor",
    "gas odour in the hallway", "strong odor of gas", "the house reeks of gas", "it stinks of gas",
    "there's a whiff of gas outside", "I think I have a gas leak", "gas leak", "gas leek",
    "gas is leaking", "my gas line is leaking", "the gas pipe is leaking", "leaking gas pipe",
    "there's a hissing sound by the gas meter", "I hear gas hissing", "hissing from the gas pipe",
    "I can hear gas escaping", "gas is escaping from the stove", "gas coming out of the pipe",
    "rotten egg smell", "it smells like rotten eggs", "smells like rotten egs in the cellar",
    "smell of bad eggs", "my basement smells like eggs", "sulfur smell in the yard",
    "smells like sulphur", "there's a sulfury smell", "um I uh I smell I smell gas",
    "I smell like um gas in the house", "smell gas!!!", "SMELL GAS HELP", "i can smell the gas",
    "we smelled gas when we came home", "my neighbor smells gas", "smelling gas near the furnace",
    "someone hit the gas line with a digger", "we hit a gas line while digging",
    "the backhoe broke the gas pipe", "the gas main is broken", "a gas pipe burst",
    "I cut the gas line by accident", "gas line ruptured", "a car hit the gas meter",
    "the gas meter was knocked off", "gas explosion next door", "the gas exploded",
    "my carbon monoxide alarm is going off", "the CO detector is beeping", "CO2 alarm went off",
    "the gas alarm is going off", "gas detector is beeping", "carbon monoxide",
    "I feel dizzy and it smells like gas", "propane leak", "methane smell", "natural gas smell",
    "the pilot light is out and I smell gas",
    "the gas stove was left on and the house is full of gas",
    "my bill is due but also I smell gas", "what should I do if I smell gas",
    "is it normal to smell gas after the repair", "gaz leak", "I smel gaz",
    "I small gas in my house",
    "there is gas smell", "gass smell in garage", "gas odr", "i smelll gas", "gas leak",
    "i think theres a gas leek in my apartmant", "i'm smelling something like gas",
    "the gas is making us sick", "can't breathe, gas in the house",
    "huele a gas", "huele a gas en mi casa", "huele mucho a gas", "hay olor a gas", "olor a gas",
    "fuga de gas", "hay una fuga de gas", "creo que hay un escape de gas", "escape de gas",
    "huele a huevo podrido", "huele a huevos podridos en la cocina", "se escapa el gas",
    "la tubería de gas se rompió", "el gas se está saliendo", "estoy oliendo gas",
    "siento olor de gas", "alarma de monóxido", "apesta a gas", "hay un olor raro a gas",
)  # fmt: skip

WIRE = (
    "there's a downed wire", "downed power line", "power line down", "a power line is down",
    "the power line is down across the street", "wire down in my yard", "there's a wire down",
    "wires are down", "down wire", "a line fell on my car", "a wire fell in the street",
    "the power line fell on the roof", "there is a cable on the ground", "wire on the ground",
    "live wire on the sidewalk", "a live wire in my yard", "a wire is hanging from the pole",
    "wires hanging low over the road", "a low hanging power line", "a dangling wire",
    "the wire is sparking", "sparks are coming from the pole", "sparking wires",
    "the transformer is sparking", "transformer exploded",
    "the transformer is on fire", "the utility pole is on fire", "the pole is burning",
    "a car hit a power pole", "a truck hit the utility pole", "the pole fell over",
    "the pole is leaning over the street", "a tree fell on the power line",
    "a tree brought down the wires", "there's a branch on the power line", "tree on the wires",
    "the electric line snapped", "the wire snapped in the wind", "a broken power line",
    "powerline down", "powerlines down in the road", "power lines on the ground", "poweline down",
    "downd wire", "donwed power line", "the wire is arcing", "line is down in the street",
    "lines are down on my road", "the service drop came down", "the wire came down last night",
    "electric cable in the street", "there's a cable lying in the road", "wire lying on the lawn",
    "the wires are on fire", "flames coming from the power line", "the wire is smoking",
    "smoke from the transformer", "the meter is on fire", "my meter is sparking",
    "there are sparks coming out of the outlet", "the panel is smoking and sparking",
    "someone got electrocuted", "my son got a shock from the fence", "I got shocked by the faucet",
    "he is being shocked", "electric shock", "um there's a a wire uh down outside",
    "the the power line it's it's down", "wire's down", "the power line's down on Elm",
    "electrical wire laying in the yard", "a wire is touching a tree and sparking",
    "hay un cable caído", "se cayó un cable", "un cable de luz en el suelo",
    "cables caídos en la calle", "el poste se cayó", "el transformador explotó",
    "el cable está echando chispas", "hay chispas en el poste", "se cayo el poste de luz",
    "cable en el piso", "un cable colgando", "el poste está en llamas", "me dio un toque eléctrico",
)  # fmt: skip

# Panicked, misspelt, transcribed, and as it is said in different places.
MORE_GAS = (
    "oh my god there's gas pouring into the basement please hurry",
    "the stove got knocked and now theres a strong smell of gass",
    "it smels so bad of gas we opened all windows",
    "i think somebody left the burner on the whole apartment smells",
    "my kids have headaches and the house smells of gas",
    "the cat knocked the stove knob and gas has been escaping all nite",
    "there is this whistling noise from the gas pipe outside",
    "we were digging for the fence and went right through the gas line",
    "plumber nicked the gas line in the crawl space", "a truck backed into our gas meter",
    "construction crew next door ruptured something and now the street stinks of gas",
    "smells like skunk and rotten egg by the meter",
    "uh yeah hi um my my kitchen it smells like uh like eggs like rotten",
    "my co alarm wont stop beeping and everyone is dizzy", "gas leakage in building 4",
    "i small gas in hallway of my apartment", "please come fast gas is leaking from the heater",
    "weird smell near the furnace like sulfur", "there's a funny odor coming from the water heater",
    "the odour of gas is getting stronger", "gass smell outside by the meter sence this morning",
    "hay un olor muy fuerte a gas en el edificio", "guele a gas en mi casa",
    "huele como a gas por el medidor", "siento un olor a huevo podrido en el sotano",
    "se está fugando el gas de la estufa", "creo que tengo una fuga",
    "dejé abierta la llave del gas y está todo lleno de gas",
    "mis niños están mareados y huele a gas", "rompimos la tubería de gas con la excavadora",
    "le pegaron al tubo de gas los de la construcción", "está saliendo gas del calentador",
    "apesta a gas en toda la cuadra", "hay peste a gas afuera",
    "el detector de gas no deja de sonar", "huele raro la estufa", "explotó el tanque de gas",
    "se oye un silbido en el medidor de gas", "ay olor a gas aki", "fuga de gaz en mi cosina",
    "gas fumes in the garage", "my wife passed out and there's gas in the house",
    "the flexible hose behind the stove is cut and i hear gas",
    "dug up the yellow line and now its hissing",
)  # fmt: skip
MORE_WIRES = (
    "the powerline came down on top of our trailer",
    "theres a wire hangin off the pole real low over the sidewalk",
    "kids are playing next to a fallen electric wire",
    "tree branch is lying on the wires and it's smoking",
    "a drunk driver smashed into the utility pole out front",
    "pole snapped in half on Birch and the wires are in the street",
    "there were blue flashes at the transformer and now it's burning",
    "the wire going to my house is hanging by a thread",
    "power line fell across my truck and i'm inside it", "live cable in the puddle sparking",
    "our backyard line came down in the ice", "something is arcing up on the pole",
    "the utility pole is tilting over the road", "i touched the fence and got zapped its electric",
    "my meter box is smoking", "sparks shooting from the breaker panel",
    "the cord from the pole to the house got ripped off by a truck",
    "there is exposed wire sticking out of the green box", "electric cable lying on playground",
    "wires are touching the trees and popping sparks",
    "um a a line is down across elm street and uh cars are driving over it",
    "se cayeron los cables en mi calle", "hay un cable tirado en la banqueta",
    "un carro chocó con el poste y los cables están colgando", "cable pelado en la calle",
    "está echando chispas el transformador", "hay chispas en el poste de la esquina",
    "el poste está a punto de caer", "se reventó un cable de alta tensión",
    "un árbol cayó sobre los cables de luz", "hay un alambre suelto echando lumbre",
    "se está quemando el poste", "me dio la corriente al tocar la llave", "mi hijo se electrocutó",
    "sale humo del medidor de luz", "el enchufe está echando chispas",
    "los cables están rozando las ramas y sacan chispas", "se vino abajo el poste con la tormenta",
    "cable de luz colgando sobre mi techo", "tronó el transformador y está en llamas",
    "ay un cable en el piso",
)  # fmt: skip

HARMLESS = (
    "my gas bill is too high", "why is my gas bill so high", "I want to pay my gas bill",
    "stay on the line", "please stay on the line", "hold the line", "the line was busy",
    "the line is busy", "your phone lines are down", "your phone line was busy all day",
    "I was on the line for an hour", "is my gas meter ok?", "where is my gas meter",
    "read my gas meter", "I want to start gas service", "connect the gas at my new place",
    "turn off the gas service at my old house", "how much gas did I use", "gas usage last month",
    "what are gas rates", "there's no gas at my house", "my gas is off", "the pilot light is out",
    "my power is out", "the lights went out", "the power is down", "no electricity",
    "half the house has no power", "the lights keep flickering", "when will the power come back",
    "the whole street is dark", "the storm knocked the power out",
    "the transformer blew and we have no power", "my internet is down",
    "the website is down", "your app is down", "I broke my phone", "I broke my lease",
    "can you break down my bill line by line", "what is this line on my bill",
    "the bottom line is too high", "I fell behind on my payments", "I'm falling behind",
    "my usage is down this month", "is my bill down from last month", "slow down please",
    "write this down", "calm down", "I need to sit down", "hello", "yes", "no", "thank you",
    "talk to a person", "I'm shocked by my bill", "my bill is a shock", "what a shock",
    "that is shocking", "sticker shock", "pay it", "any news?", "I live on Pole Street",
    "is this a live person", "are you a live agent", "I live at 12 Cable Street",
    "a rebate for a gas stove", "I burned through my budget", "the price exploded",
    "I have a gas heater", "my account number is 4010012345", "I saw it online",
    "a deadline fell on Sunday", "I'm down the street from the office", "what's on the other line",
    "tengo una pregunta sobre mi factura de gas", "no tengo luz en mi casa", "se fue la luz",
    "quiero pagar la factura", "mi factura de gas es muy alta", "hola",
)  # fmt: skip
MORE_HARMLESS = (
    "no tengo gas en mi casa", "mi factura de gas llegó muy alta",
    "quiero cancelar el servicio de gas", "no prende la estufa", "cuánto me sale el gas al mes",
    "no hay olor ni nada, solo no hay gas", "se fue la luz en mi calle", "no hay luz desde anoche",
    "la luz de la calle está apagada", "el poste de luz de mi calle no prende",
    "quiero mover el medidor", "cómo leo mi medidor de gas", "me pueden llamar por esta línea",
    "estoy en la línea esperando", "la llamada se cortó", "quiero pagar en línea",
    "mi cable de internet no sirve bien?", "me cobraron un cargo raro",
    "estoy harta de esta factura de gas", "my gas bill makes me sick",
    "I'm sick and tired of these gas prices", "street light pole is out on my corner",
    "when do you trim trees", "I'd like to bury a line before I dig my garden",
    "how do I avoid hitting a gas line when I dig", "what's the gas emergency number",
    "send me the emergency phone numbers", "my charging cable broke",
    "the line for a person is too long", "I've been waiting in line for hours",
    "you keep hanging up on me", "the stove is electric",
    "I have a new furnace, does that change my rate", "rebate for a water heater",
    "gas or electric dryer, which costs more", "I left a message about my gas service",
    "the power went out, no wires down that I can see", "is the gas still on at my old place",
    "my heater is not working", "no smell, the pilot just went out",
    "it does not smell of gas, the burner simply won't light", "transfer me to the gas department",
    "I dropped my phone and cut the call", "broke my budget this month", "se cayó la llamada",
    "se cayó el sistema", "se me rompió el celular", "mi hijo cumple años",
    "una fuga de agua en mi baño", "el breaker se bajó y no hay luz", "my breaker tripped",
    "how do I read the meter panel", "is there an outage on Cable Street",
    "what does line loss mean", "meter reading looks wrong",
)  # fmt: skip
# A denial that takes something back, or tells of something else.
DENIED_IN_PART = (
    "there's no smell but the gas alarm is going",
    "no smell of gas now but an hour ago it was terrible", "no gas smell yet but I hear hissing",
    "i dont smell nothing but my wife smells gas", "no huele mucho a gas pero hay un silbido",
    "no sé si huele a gas", "ya no huele a gas", "creo que no huele a gas pero estoy mareada",
    "there's no wires down, but the pole is on fire",
    "no one can smell it but me, gas in the basement", "no doubt gas smell",
    "can't tell if that's a gas smell", "not a strong smell of gas but it's there",
    "no es mi casa, huele a gas la del vecino",
)  # fmt: skip
# Taken for an emergency although it may be none: nobody should have to find the right words.
DOUBTFUL = (
    "I don't smell gas any more", "is the gas smell in my street gone?", "my TV cable is down",
    "does the gas detector need a battery", "do you fix leaning poles",
)  # fmt: skip


CALLED_OFF = (
    "it's fine, cancel that", "never mind", "nevermind", "forget it", "it was a false alarm",
    "please close the case", "don't send anyone", "no need to come", "it's all good now",
    "the smell is gone", "the smell went away", "I was kidding", "only the stove", "call them off",
    "call the crew off", "everything is ok", "cancela eso", "ya no", "no es nada", "falsa alarma",
)  # fmt: skip
GOES_ON = (
    "I'm outside now", "ok", "12 Pine Road", "we are all safe", "what do I do now", "how long",
    "I called 911", "yes",
)  # fmt: skip


@pytest.mark.parametrize("said", GAS + MORE_GAS)
def test_every_gas_leak_is_caught(said: str) -> None:
    assert emergency(said) == "report_gas_leak"


@pytest.mark.parametrize("said", WIRE + MORE_WIRES)
def test_every_downed_wire_is_caught(said: str) -> None:
    assert emergency(said) == "report_downed_wire"


@pytest.mark.parametrize("said", HARMLESS + MORE_HARMLESS)
def test_everyday_words_raise_no_alarm(said: str) -> None:
    assert emergency(said) is None


@pytest.mark.parametrize("said", DOUBTFUL + DENIED_IN_PART)
def test_in_doubt_it_is_one(said: str) -> None:
    assert emergency(said) is not None


@pytest.mark.parametrize("said", ["I smell gas", "power line down", "huele a gas"])
def test_neither_case_nor_place_in_a_long_message_matters(said: str) -> None:
    around = "I have been a customer for years and my bill was always paid. "
    assert emergency(said.upper()) == emergency(said) is not None
    assert emergency(around * 20 + said + ". " + around * 20) == emergency(said)


@pytest.mark.parametrize("said", CALLED_OFF)
def test_who_calls_it_off_is_known(said: str) -> None:
    assert calls_off(said, answers_it=True)


@pytest.mark.parametrize("said", [*GOES_ON, "cancel my appointment", "it's fine, thanks"])
def test_later_on_other_things_are_called_off(said: str) -> None:
    assert not calls_off(said, answers_it=False)


@pytest.mark.parametrize("said", GOES_ON)
def test_who_goes_on_is_not_told_again(said: str) -> None:
    assert not calls_off(said, answers_it=True)


@pytest.mark.parametrize(
    ("said", "place"),
    [
        ("huele a gas en la calle Alder 418", "calle Alder 418"),
        ("I smell gas at 418 Alder Street", "418 Alder Street"),
        ("hay un cable caído", ""),
    ],
)
def test_the_place_is_read_in_both_languages(said: str, place: str) -> None:
    assert place_in(said) == place


def test_a_message_at_the_limit_is_read_quickly() -> None:
    started = time.thread_time()
    for words in (
        "gas line ",
        "wire ",
        "shock ",
        "bill shock ",
        "smell ",
        "line ",
        "tree on ",
        "no ",
    ):
        emergency((words * 4_000)[:4_000])
    assert time.thread_time() - started < 2


def families() -> list[Any]:
    """What the evals' callers say, by what it should lead to."""
    found = (yaml.safe_load(path.read_text("utf-8")) for path in sorted(ROUTING.glob("*.yaml")))
    return [family for families in found for family in families]


def test_of_the_evals_callers_none_in_danger_is_missed_and_nobody_else_alarmed() -> None:
    """Families in which some are in danger and some are not tell nothing here."""
    wrong = []
    for family in families():
        tools = set(family["tools"])
        ordinary = not tools & REPORTS and "handoff_outage_agent" not in tools
        if not ordinary and not tools <= REPORTS:
            continue
        for said in (text for texts in family["says"].values() for text in texts):
            found = emergency(said)
            if found is not None if ordinary else found not in tools:
                wrong.append((family["family"], found, said))
    assert not wrong
