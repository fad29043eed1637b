"""Whether what was said up to a pause sounds as if more were to come."""

from __future__ import annotations

import re

from contracts.language import SPANISH
from contracts.spanish import unaccented
from voice.listening.hums import spelled


def words_of(listed: str) -> frozenset[str]:
    return frozenset(listed.split())


# What a sentence doesn't end with. Spanish without accents.
_OPEN = {
    "en": words_of(
        "a an the my your our their his its and but or nor so because although if unless "
        "when while until than to of in on at for from with by about into onto under between near "
        "through against per um uh uhm umm uhh er erm hmm hm like is are was were am be i we they "
        "i'm i'd i've "
        "i'll it's that's there's we're we've they're he's she's who's what's where's wanna "
        "gonna gotta whose every let's mister mrs very also plus could would should might must "
        "whether well"
    ),
    "es": words_of(
        "el la los las un una unos unas mi mis su sus tu tus y e o u ni pero porque que si cuando "
        "como donde mientras aunque de del a al en con por para sin sobre desde hasta entre hacia "
        "segun es son era soy fue eh em mmm hm este pues lo le les me se te nos yo cada muy "
        "quiero quisiera necesito tengo estoy llamo"
    ),
}
_SUBJECT = r"(?:i|it|that|they|we|he|she|you|there)"
# Ends that are whole in spite of their last word.
_WHOLE = {
    "en": (
        rf"^(?:(?:yes|no|yeah|yep|nope|sure|okay|well|of course|i think|i guess)\s)*{_SUBJECT} "
        r"(?:really |sure |still )?(?:is|are|was|were|am|could|would|should|might)$",
        r"^(?:yes|no|yeah|sure|okay) (?:\S+ )*(?:like|love|want|have|need|going) to$",
        r"\b(?:what|where|who|how(?! (?:much|many|long) (?:is|are|was|were)$)|when|why|which)\b.* "
        r"(?:is|are|was|were|for|from|to|about|with|of|in|on|at|like|by)$",
        r"\b(?:think|hope|guess|say|said|believe|or|if|not|even|and) so$",
        r"\b(?:know|sure|remember|say|tell me) (?:when|whether|if)$",
        r"\b(?:turn\w*|com(?:e|es|ing)|came|go(?:es|ing)?|hold|hang|back|power|lights?|heat|gas|is|are"
        r"|it's|log\w*|sign\w*|mov\w+|still|stay\w*|been|keep\w*|check\w*|not) "
        r"(?:it |them |that |me )?(?:on|in)$",
        r"\b(?:very|doing|all|that's|as|feel|am|i'm|quite|works?) well$",
        r"\b(?:me|you|them|us) also$",
    ),
    "es": (
        r"^(?:si\s?)+$|\b(?:que|pues|claro|ah|eso) si$",
        r"\b(?:asi|eso|si|no|lo|ese|esa|este|esta|aqui|ahi) (?:es|son|era|fue|soy)$",
        r"(?:^que|\blo que|\b(?:donde|cuando|cuant[oa]s?|como|quien|cual(?:es)?))\b.* "
        r"(?:es|son|era|fue)$",
        r"\b(?:no|ya|lo) se$|^no se (?:que|como|cuando|donde)$",
        r"\bpor que$|^y? ?(?:cuando|como|donde|que)$",
        r"\b(?:soy|como|que|tambien) yo$|^yo$|\bes este$",
        r"\b(?:lo|la|los|las|eso|no|si|que) (?:quiero|quisiera|necesito|tengo|estoy)$",
        r"\b(?:si|ya|aqui|bien|no) estoy$",
        r"^(?:si|no|claro) (?:lo|la) (?:quiero|tengo|necesito)$",
    ),
}
# Unfinished in spite of their last word.
_LEADS = {
    "en": (
        r"^(?:can|could|would|will|do|does|did|should|is|are) (?:you|i|we|it|there|my \w+)$",
        r"\b(?:let me(?: see)?|let's see|you know|i mean|i was wondering|i'm (?:calling|trying))$",
        r"^(?:\S+ ){0,3}(?:i|we) (?:just )?(?:want|need|wanted|have|got)$",
        r"^(?:(?:okay|ok|yes|sure|so|well|um|uh|and|yeah) )*(?:my|the) (?:new |last |full |whole )?"
        r"(?:(?:account|phone|card|house|confirmation|receipt|case)? ?number|(?:zip )?code|zip|"
        r"address|name|last name|social|birthday|date of birth)$",
        # A greeting leads to what somebody calls for.
        r"^(?:(?:yes|oh|um) )*(?:hi|hello|hey|good (?:morning|afternoon|evening))(?: there)?$",
    ),
    "es": (
        r"\b(?:o sea|a ver|es que|me llamo|se llama|lo que pasa|vamos a|quiero saber)$",
        r"^(?:(?:si|bueno|claro|este|eh|ok) )*(?:mi|el|la) (?:numero|codigo|direccion|nombre|fecha)"
        r"(?: de (?:cuenta|nacimiento|telefono)| postal)?$",
        r"^(?:(?:si|eh|ah) )*(?:hola|buen[oa]s?(?: (?:dias?|tardes?|noches?))?)"
        r"(?: buen[oa]s? (?:dias?|tardes?|noches?))?$",
        r"^(?:me )?(?:puede|podria|quisiera|gustaria)$",
    ),
}
_TRAILING = re.compile(r"(?:\.\.\.|…|[,;:–—-])\s*$")


def is_unfinished(heard: str, language: str) -> bool:
    """ "my account number is", "um", "y mi código"; not "I don't know what it is"."""
    spoken = SPANISH if language == SPANISH else "en"
    words = _plain(spelled(heard))
    if not words or _any(_LEADS[spoken], words):
        return True
    if _any(_WHOLE[spoken], words):
        return False
    return words.split()[-1] in _OPEN[spoken] or bool(_TRAILING.search(heard))


def _any(patterns: tuple[str, ...], words: str) -> bool:
    return any(re.search(pattern, words) for pattern in patterns)


def _plain(heard: str) -> str:
    """Its words alone, small, without accents."""
    return " ".join(re.findall(r"[a-z0-9$%]+(?:['-][a-z]+)*", unaccented(heard.replace("’", "'"))))
