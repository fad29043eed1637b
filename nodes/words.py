"""Words that tell English from Spanish: what only one of them has and nobody borrows.

Written as they are compared: in lower case and without accents.
"""

from __future__ import annotations

import re

from contracts.language import ENGLISH, SPANISH


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


UNMISTAKABLE = _words(
    "hola buenas buenos gracias ayuda ayudeme ayudame auxilio socorro quiero quisiera "
    "necesito factura facturas recibo apagon medidor mandeme envieme digame disculpe huele"
)
_SPANISH = _words(
    "oye oiga perdon puedo puede puedes podria podrian tengo tiene tienes tenemos hay estoy "
    "esta estan estamos estaba somos es eres fue fueron han hemos habia usted ustedes ella "
    "ellos nosotros mi mis tu su sus nuestro nuestra este esto ese esa eso que cual cuanto "
    "cuanta cuando como donde quien por para con sin desde hasta porque pero les nos muy mas "
    "tambien ya todavia aun ahora hoy manana ayer siempre nunca nada algo aqui alli ahi un "
    "una unos unas ni quiere necesita debo deben deuda pagar pago pague saldo cuenta "
    "corriente electricidad tarifa tarjeta cita citas codigo dinero cobro cobran cobraron "
    "cobrando cargos consumo servicio plazo plazos llego llega vino volvio vuelve sirve "
    "funciona huele oler olor fuga caido cayo mande envie hablo habla hablar entiendo "
    "entiende sabe saber ver hacer cambiar mudo mudarme mudanza cancela activar arreglar "
    "revisar mitad semana meses espanol persona senor senora favor claro bueno bien listo "
    "adelante acuerdo verdad ojala entonces pues gente vecino cuadra alguien estufa llave "
    "cocina bano sotano poste chispas suelo peligro quedo quedamos tampoco todos todas toda "
    "cuesta dolares viene buscar llamar"
)
_ENGLISH = _words(
    "i i'm i've i'd i'll im ive my mine you your you're we we're our they them their it it's "
    "its she this that these those there here what what's whats when where why who how which "
    "is are was were am been being do does did don't dont doesn't didn't have haven't had "
    "can't cant could would should will won't not and but or if then because to for from with "
    "without about into out off only still just yet never always need want know think see get "
    "got gave give make take tell told show send help someone somebody anybody something "
    "anything nothing everything today tomorrow yesterday tonight week month year much many "
    "owe paid talk keeps went any some again back more"
)
KNOWN = {ENGLISH: _ENGLISH, SPANISH: _SPANISH | UNMISTAKABLE}
# They stand in names and addresses too, or in both languages: they count beside others alone.
PARTICLES = {
    ENGLISH: _words("the a an at on in of by me no us can like up all so pay be has he"),
    SPANISH: _words(
        "de del la las lo los el al y e o u a se te me si no casa luz son ha he era va soy yo "
        "calle avenida total solo"
    ),
}
# What somebody who only asks for a language says.
ASKING = _words(
    "can could you we do does anyone anybody somebody there is i would like to want speak "
    "speaks talk continue go on carry answer reply respond write switch change back let's "
    "lets in english spanish please pls only instead me ok okay yes no don't dont understand "
    "ingles espanol castellano en por favor porfa puede puedes podemos podria podriamos habla "
    "hablas hablan hablar hablo hablemos seguir sigamos continuar responda responder "
    "contestar escribir cambiar cambiemos prefiero quiero mejor usted alguien que hay "
    "entiendo se si perdon sorry hi hello hola thanks gracias"
)
# Who speaks Spanish says these as well.
EVERYBODYS = re.compile(
    r"\b(?:thank you(?: (?:so|very) much)?|thanks(?: a lot)?|please|sorry|hello|hi|hey|bye"
    r"|good ?bye|ok(?:ay)?|yes|yeah|yep|no|nope|sure|excuse me|good (?:morning|afternoon|evening)"
    r"|sir|ma'am|autopay|paperless|online|whatsapp|bill|zip(?: code)?|zip|account(?: number)?"
    r"|zero|oh|one|two|three|four|five|six|seven|eight|nine|ten|twenty|thirty|forty|fifty|sixty"
    r"|seventy|eighty|ninety|hundred|thousand|nineteen|double|cero|uno|dos|tres|cuatro|cinco|seis"
    r"|siete|ocho|nueve|diez|doble|treinta|cuarenta|cincuenta|sesenta|setenta|ochenta|noventa|mil"
    r"|january|february|march|april|may|june|july|august|september|october|november|december"
    r"|enero|febrero|marzo|abril|mayo|junio|julio|agosto|septiembre|octubre|noviembre|diciembre)\b"
)
