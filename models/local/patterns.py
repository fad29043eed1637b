"""How answers, questions and second thoughts are put, in English and in Spanish."""

from __future__ import annotations

import re

# The customer's

ASKS = re.compile(
    r"^\W*(?:what(?! about)|how(?! about)|when|why|where|who|which|is|are|does|did|was|"
    r"can i(?! (?:pay|use|make|do|change|put|give))|"
    r"cu[aá]ndo|cu[aá]nt[oa]s?|por qu[eé]|d[oó]nde|qui[eé]n|cu[aá]l(?:es)?|"
    r"qu[eé](?! (?:tal si|sea|sean))|c[oó]mo|est[aá]|es (?:mi|el|la|que)|"
    r"puedo(?! (?:pagar|usar|hacer|dar|poner|cambiar)))\b",
    re.IGNORECASE,
)
AGREES = re.compile(
    r"^\W*(?:(?:y|yes|yeah|yep|yup|sure|ok|okay|please|do|that|it|go ahead|let's|i would|i'd like|"
    r"sounds good|great|good|fine|why not|of course|absolutely|definitely|perfect|thanks|"
    r"thank you|report|request|works?|right|correct|tell me|go on|more|the|details|"
    r"s[ií]+|por favor|claro(?: que s[ií])?|dale|de acuerdo|bueno|est[aá] bien|perfecto|correcto|"
    r"adelante|por supuesto|me parece(?: bien)?|con gusto|gracias|d[ií]game|cu[eé]nteme|m[aá]s|"
    r"los|detalles|exacto|as[ií] es|h[aá]galo|vale|ok(?:ey)?)\b\W*)+$",
    re.IGNORECASE,
)
HEARD = re.compile(
    r"^\W*(?:(?:ok(?:ay|ey)?|k|fine|good|great|thanks|thank you|alright|right|i see|got it|bueno|"
    r"est[aá] bien|gracias|vale|entiendo|ya veo)\b\W*)+$",
    re.IGNORECASE,
)
# Nothing but thanks: no yes, and no answer.
THANKS = re.compile(
    r"^(?=.*\b(?:thank|thx|gracias|agrade))\W*(?:(?:ok(?:ay|ey)?|great|good|perfect|oh|well|"
    r"so much|a lot|very much|(?:many )?thanks?(?: you)?|thx|"
    r"you(?:'re| are) (?:very )?(?:kind|nice)|"
    r"for (?:that|your help|the info\w*)|bueno|perfecto|ah|(?:muchas|mil) gracias|gracias|"
    r"(?:muy|qu[eé]) amable|(?:se )?lo agradezco|le agradezco|por (?:eso|su ayuda|todo)|"
    r"señor(?:ita|a)?)\b\W*)+$",
    re.IGNORECASE,
)
REFUSES = re.compile(
    r"^\W*(?:(?:no|nope|nah|not|now|today|yet|thanks?|thank you|don'?t|do|that|it|rather|i'?d|"
    r"never ?mind|forget|cancel|stop|leave|skip|need|to|i|gracias|por ahora|ahora|as[ií]|"
    r"est[aá] bien|d[eé]jelo|todav[ií]a|mejor|hace falta|es todo|nada m[aá]s)\b\W*)+$",
    re.IGNORECASE,
)
# Nothing but what proves who somebody is, as it is kept: "account [removed], zip [removed]".
PROVEN = re.compile(
    r"^\W*(?:(?:(?:it|that)'s|my|the|and|is|account|number|zip|code|c[oó]digo|birth\w*|date|of|born|"
    r"on|ssn|social|last|four|mi|cuenta|n[uú]mero|es|el|la|y|de|postal|fecha|nacimiento|nac[ií]|"
    r"[uú]ltimos|cuatro|seguro)\b\W*|\[[^\]]*\]\W*)*\[[^\]]*\]\W*$",
    re.IGNORECASE,
)
# Nothing but how much or how long; of a text in which numbers are digits and days English.
FIGURES = re.compile(
    r"^\W*(?:(?:\d[\d.,]*|hours?|hrs?|minutes?|days?|weeks?|months?|years?|nights?|evenings?|an?|"
    r"per|each|every|half|about|around|only|just|for|and|or|more|like|if|it|it's|that|make|say|all|"
    r"the|last|past|what|i|we|use|run|charge|y|si|al?|por|cada|noche|solo|son|como|unas?|unos|de|"
    r"ser[ií]an?|digamos|durante|hours? a day)\b\W*)+$",
    re.IGNORECASE,
)
# "And in August?", "what about the delivery charge?"
GOES_ON = re.compile(
    r"^\W*(?:and|or|what about|how about|what if|y|¿?y (?:si|qu[eé] tal)|qu[eé] tal)\b\W*",
    re.IGNORECASE,
)
UTMOST = re.compile(
    r"\b(?:as (?:long|many|much) as|longest|max\w*|the most|lo m[aá]s (?:largo|que se pueda)|"
    r"m[aá]xim[oa]|todo lo que se pueda)\b",
    re.IGNORECASE,
)
# Nothing but a when, how much or which of something just told.
ABOUT_IT = re.compile(
    r"^\W*(?:and |so |ok(?:ay)?,? |sorry,? |wait,? |y |perd[oó]n,? |a ver,? )*"
    r"(?:how long (?:does|will|would) (?:it|that|this) take"
    r"|(?:when|what (?:day|time|date)|how (?:much|long)|where|who|which(?: one)?|what)"
    r"(?: was| is| are| were|'s| will| would)"
    r" (?:it|that|they|those|the (?:date|time|day|amount|number))(?: be)?"
    r"|(?:a )?(?:cu[aá]ndo|qu[eé] (?:d[ií]a|hora)|cu[aá]nto|d[oó]nde|cu[aá]l) "
    r"(?:era|es|fue|dijo|ser[ií]a))(?: again| then| que)*\W*$",
    re.IGNORECASE,
)
HOW_LONG = re.compile(r"^\W*(?:\w+ )?how long\b", re.IGNORECASE)
HOW_MUCH = re.compile(r"^\W*(?:\w+ )?(?:how much|cu[aá]nto)\b", re.IGNORECASE)
TAKES = re.compile(  # "how long will it take", in Spanish
    r"^\W*(?:y |pero )?cu[aá]nto (?:tiempo |m[aá]s )*(?:(?:va|van) a )?"
    r"(?:tardar?|tardar[aá]n?|tardan|demorar?|demorar[aá]n?|demoran)\W*$",
    re.IGNORECASE,
)
WHICH_DAY = re.compile(  # of the highest or the lowest figure
    r"\b(?:which|what)(?: single)? days?\b.*\b(?:most|least|highest|lowest|peak\w*)\b"
    r"|\b(?:peak|highest|worst|lowest)(?: usage)? days?\b"
    r"|\bqu[eé] d[ií]as?\b.*\b(?:m[aá]s|menos|m[aá]xim\w+)\b",
    re.IGNORECASE,
)
REMEDY = re.compile(
    r"\b(?:what (?:can|could|should) i do|(?:can|could) (?:i|we) (?:do (?:anything|something)|"
    r"(?:lower|reduce|bring|cut|fix) (?:it|that))|how (?:can|do|could) i (?:lower|reduce|cut|fix|"
    r"bring (?:it|that) down|change (?:it|that))|"
    r"qu[eé] (?:puedo|podr[ií]a|debo) hacer|c[oó]mo (?:puedo )?(?:lo |la )?(?:bajo|bajar\w*|"
    r"reduzco|reducir\w*))\b",
    re.IGNORECASE,
)
METHOD_ONLY = re.compile(
    r"^\W*(?:but |and |no,? |y |pero )*(?:with|from|using|use|on|con|de|desde) "
    r"(?:my |the |mi |la |el )[\w ]{0,20}"
    r"(?:card|account|visa|mastercard|checking|savings|bank|tarjeta|cuenta|banco)\b[\w ]{0,20}$",
    re.IGNORECASE,
)
SIGNS_UP = re.compile(
    r"^\W*(?:ok(?:ay)? |please |yes |s[ií],? )*(?:sign me up|let'?s do (?:it|that)|do that|"
    r"i'?ll take (?:it|that)|i want (?:it|that)|ap[uú]nteme|inscr[ií]bame|lo quiero|"
    r"h[aá]gamoslo)\W*$",
    re.IGNORECASE,
)
# "No, the gas one": which of two services, and nothing else.
WHICH_SERVICE = re.compile(
    r"^\W*(?:no,? |not that,? |i mean(?:t)? |it'?s |for |s[ií],? |es |quise decir )*"
    r"(?:the |my |el |la |mi )?(?:del? |medidor del? )?"
    r"(?P<service>gas|electric(?:ity)?|power|luz|electricidad)"
    r"(?: one| meter| medidor)?(?: please| por favor)?\W*$",
    re.IGNORECASE,
)
UNDO = re.compile(
    r"^\W*(?:please |no,? |actually,? |ok(?:ay)?,? |mejor |por favor,? |entonces )*"
    r"(?:cancel|call off|drop|undo) (?:it|that|this|the (?:visit|appointment))\b"
    r"|^\W*(?:mejor |por favor,? |entonces |no,? )*(?:canc[eé]l[ae]l[ao]|an[uú]lel[ao]|"
    r"qu[ií]te(?:l[ao]|me la cita)|cancele (?:la|esa) (?:cita|visita))",
    re.IGNORECASE,
)
HOW_IT_GOES = re.compile(
    r"\bhow(?:'s| is| are)\b.*\b(?:going|doing|coming)\b|\bc[oó]mo va\b|\bhow much is left\b|"
    r"\bcu[aá]nto (?:me )?falta\b",
    re.IGNORECASE,
)
BREAKS_DOWN = re.compile(
    r"\b(?:break (?:it|that|this) down|what(?:'s| is) (?:in|on) (?:it|that)|itemi[sz]e|"
    r"line by line|desgl[oó]s\w*|det[aá]ll\w+|qu[eé] (?:incluye|trae))\b",
    re.IGNORECASE,
)
CODE_SENT = re.compile(r"\bsix-digit code\b|\bcódigo de seis dígitos\b", re.IGNORECASE)
PERIOD = re.compile(  # of a text in English
    r"\b(?:last|previous|year|month|winter|summer|before|ago|january|february|march|april|may|june|"
    r"july|august|september|october|november|december)\b",
    re.IGNORECASE,
)
OWN_PLAN = re.compile(r"\b(?:my|the|this|mi|el) plan\b", re.IGNORECASE)
RATE = re.compile(r"\b(?:rate|pricing|tariff|time of use|tarifa)\b", re.IGNORECASE)

# Ours

OFFERING = re.compile(
    r"\b(?:would you like|shall i|should i|do you want|can i|is this about)\b.*\?$"
    r"|^(?:if [^.]*, )?i can\b"
    r"|\b(?:le gustar[ií]a|quiere|desea|prefiere|le comunico|le cuento|lo hago|lo reporto|procedo|"
    r"se lo)\b.*\?$"
    r"|^(?:si [^.]*, )?(?:le |lo |se lo )?puedo\b",
    re.IGNORECASE,
)
OPEN = re.compile(
    r"^\W*(?:(?:on|at|by|to|for|over|in|with|a|en|con|de|para) )?"
    r"(?:what|which|how|when|where|who|qu[eé]|cu[aá]l|cu[aá]l?nt[oa]s?|cu[aá]ndo|"
    r"d[oó]nde|qui[eé]n|en cu[aá]nt[oa]s|a qui[eé]n|con cu[aá]l)\b|\bor\b"
    r"| o (?:prefiere|no|menos)\b",
    re.IGNORECASE,
)

# Nothing here says what it is about: days, times, figures and the words between them.
_EMPTY = re.compile(
    r"\b(?:in|on|at|by|for|the|a|an|of|to|and|or|then|so|it|its|it's|that|this|make|made|let's|say|"
    r"about|around|maybe|actually|sorry|ok|okay|well|um+|uh+|please|instead|rather|i|i'd|i'll|we|can|"
    r"could|would|like|with|only|just|one|ones|what|how|more|less|time|day|days|night|next|last|"
    r"hours?|months?|weeks?|years?|minutes?|payments?|dollars|cents?|bucks|first|second|third|other|same|"
    r"monday|tuesday|wednesday|thursday|friday|saturday|sunday|today|tomorrow|morning|afternoon|"
    r"evening|noon|tonight|am|pm|january|february|march|april|may|june|july|august|september|"
    r"october|november|december|was|is|are|be|will|el|la|los|las|de|del|en|a|al|por|para|con|y|o|"
    r"que|qu[eé]|mejor|sea|sean|un|una|entonces|pues|bueno|este|eh|solo|como|si|s[ií]|no|not|"
    r"podr[ií]a|ser|favor|perd[oó]n)\b"
)


def is_fragment(text: str) -> bool:
    """Whether a text has no wish of its own: "10 months", "tomorrow at 2". In plain English."""
    rest = re.sub(r"[\d$.,:/#%-]+(?:st|nd|rd|th)?", " ", text.lower())
    return re.search(r"\w", _EMPTY.sub(" ", rest)) is None
