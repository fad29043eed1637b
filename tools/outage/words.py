"""What the records say of an outage, in the language spoken: its cause, the crew, the reason of a
new estimate.

The records hold English, written by our own systems or by a dispatcher. What we can't put into the
customer's language is left out rather than read to them in another one.
"""

from __future__ import annotations

import re

from contracts.language import ENGLISH, marked, spoken, t
from contracts.records import Crew, Outage

_CAUSES = (
    marked("a damaged power line"),
    marked("a failed transformer"),
    marked("a tree on a power line"),
    marked("a broken pole"),
    marked("a blown fuse on the line"),
    marked("a damaged gas main"),
    marked("water in a gas line"),
    marked("a failed regulator"),
    marked("a car that hit a pole"),
    marked("high winds"),
    marked("an animal on the equipment"),
    marked("a broken insulator"),
    marked("planned repairs"),
)
_REASONS = (
    marked("a crew has been assigned"),
    marked("the crew found more damage than expected"),
    marked("a part has to be brought from another yard"),
    marked("the work has to wait for the road to be cleared"),
    marked("a test of the line failed and part of the work has to be redone"),
    marked("the crew is on site and needs a second truck"),
    marked("the crew found a second broken pole"),
    marked("a part had to be brought from the warehouse"),
    marked("the road was blocked"),
)
_STATUSES = (
    marked("reported"),
    marked("confirmed"),
    marked("crew assigned"),
    marked("repairing"),
    marked("restored"),
)
_UNKNOWN = marked("under investigation")
_FOUND = "the crew on site found "
_CREW = re.compile(r"crew (.+)", re.IGNORECASE)
_DOING = {
    "assigned": marked("{crew} has been assigned."),
    "en route": marked("{crew} is on its way."),
    "on site": marked("{crew} is on site."),
}
_ROW = {
    "assigned": marked("{crew}, assigned"),
    "en route": marked("{crew}, en route"),
    "on site": marked("{crew}, on site"),
}
POWER_AND_GAS = {"electric": marked("power"), "gas": marked("gas")}


def cause(outage: Outage) -> str:
    """The cause as a card shows it; empty where it has no words in the language spoken."""
    return _in_language(outage.cause)


def cause_said(outage: Outage) -> str:
    """ "caused by a tree on a power line"; empty where that has no words in the language spoken."""
    if _UNKNOWN in outage.cause:
        return t("its cause isn't known yet")
    known = _in_language(outage.cause)
    return t("caused by {cause}", cause=known) if known else ""


def reason_said(reason: str) -> str:
    """Why an estimate changed, without a full stop, to go after "because"; empty where that has no
    words in the language spoken."""
    reason = reason.rstrip(".")
    if reason.startswith(_FOUND):
        found = _in_language(reason.removeprefix(_FOUND))
        return t("the crew on site found {cause}", cause=found) if found else ""
    return _in_language(reason)


def crew_said(outage: Outage) -> str:
    """ "Crew 7 is on its way." """
    if outage.crew is None:
        return t("A crew hasn't been assigned yet.")
    return t(_DOING[outage.crew.status], crew=_crew(outage.crew))


def crew_row(outage: Outage) -> str:
    """ "Crew 7, en route"; empty where there is none."""
    return t(_ROW[outage.crew.status], crew=_crew(outage.crew)) if outage.crew else ""


def crew_name(crew: Crew) -> str:
    """The crew as the records have it: "Crew 7"."""
    return crew.name if crew.name.lower().startswith(("crew", "the ")) else f"Crew {crew.name}"


def _crew(crew: Crew) -> str:
    numbered = _CREW.fullmatch(crew_name(crew))
    return t("Crew {name}", name=numbered.group(1)) if numbered else crew_name(crew)


def _in_language(text: str) -> str:
    said = t(text)
    return said if said != text or spoken() == ENGLISH else ""
