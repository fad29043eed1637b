"""How Spanish a sentence is, from its everyday words: sentences that mix languages are common."""

from __future__ import annotations

import re

from contracts.spanish import unaccented

_SPANISH = frozenset(
    """
    al algo alguien ahi ahora ahorita alla alto apagaron aqui asi aunque ayer bien buen buenas bueno
    buenos cada calle casa cita como con cual cuales cuando cuanta cuantas cuanto cuantos cobran
    cuenta dame de debo dejo del desde dia dias dice dicen diga digame dinero donde dos el ella en
    entonces era es esa ese eso esta estan estas este esto estoy factura favor fue gracias gente ha
    hace hacer hasta hay hola hora hoy huele la las le les lo los luego luz mal manana mas medidor
    mes mi mis mucho muy nada necesito ni nos nuestra nuestro o oiga oye otra otro pagar pago para
    pero poner por porque pues puede pueden puedo que quien quiere quiero quisiera recibo se sea
    senor senora ser servicio si sin sobre solo soy su sus tambien tan te tengo tenemos tiene tienen
    toda todo tu una unas uno unos usted ustedes va vamos van ver vez viene vino voy y ya yo
    """.split()  # noqa: SIM905 - a page of words reads best as one
)
_ENGLISH = frozenset(
    """
    about all am an and any are at be been bill but by came can can't could did do does don't for
    from get got had has have he hello her hey hi his how i i'd i'll i'm i've if in is it it's its
    just like my need not now of off on one or our out please power she some that that's the their
    them then there there's they this to up us want was we we're what what's when where which who
    why will with would you your
    """.split()  # noqa: SIM905
)
_WORD = re.compile(r"[a-z']+")
_MARKS = re.compile(r"[áéíóúüñ¿¡]", re.IGNORECASE)


def bare(text: str) -> str:
    """Lower case, without accents, apostrophes straight."""
    return unaccented(text.replace("’", "'"))


def spanish(text: str) -> float:
    """From 0.0 (English, or nothing that tells) to 1.0 (Spanish)."""
    words = _WORD.findall(bare(text))
    ours = sum(word in _SPANISH for word in words) + bool(_MARKS.search(text))
    theirs = sum(word in _ENGLISH for word in words)
    return ours / (ours + theirs) if ours else 0.0
