"""What a message shows of how somebody feels, so that a reply can meet it. In either language."""

from __future__ import annotations

import re

_LOSS = re.compile(
    r"\b(?:passed away|passed on|(?<!power )(?<!battery )(?<!phone )(?<!line )died(?! down)|"
    r"deceased|funeral|death of|"
    r"my late (?:husband|wife|mother|father|mom|dad|son|daughter|brother|sister|partner)|"
    r"falleci\w+|se murió|murió|ha muerto|difunt[oa]|viud[oa])\b",
    re.IGNORECASE,
)
_ANGER = re.compile(
    r"\b(?:ridiculous|unacceptable|outrag\w+|disgust\w+|furious|angry|fed up|sick of|tired of this|"
    r"fuming|pissed|absurd|a joke|nonsense|terrible service|worst|how many times|"
    r"incompeten\w+|scam|rip-?off|"
    r"inaceptable|es el colmo|qué vergüenza|hart[oa] de|cansad[oa] de|indignad[oa]|molest[oa]|"
    r"enojad[oa]|furios[oa]|una burla|pésimo|un abuso|un robo|no es posible)\b|!{2,}",
    re.IGNORECASE,
)
_AGAIN = re.compile(
    r"\b(?:again|(?:second|third|fourth|\d(?:nd|rd|th)) time|keeps? (?:going|happening)|every week|"
    r"once more|otra vez|de nuevo|(?:segunda|tercera|cuarta) vez|a cada rato|cada semana)\b",
    re.IGNORECASE,
)


def mourns(text: str) -> bool:
    """Whether somebody died."""
    return _LOSS.search(text) is not None


def is_angry(text: str) -> bool:
    """Whether it was said in anger."""
    return _ANGER.search(text) is not None


def not_the_first_time(text: str) -> bool:
    """Whether it happened before."""
    return _AGAIN.search(text) is not None
