"""Photos and bills that customers send: kept with a case, for a person to look at.

The graph calls it for what came with a message. Nobody here sees what is on a photo.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import date, timedelta
from typing import Annotated, Any

from pydantic import Field

from contracts.identity import Rung, anonymous_id
from contracts.language import marked, t
from contracts.messages import Card
from contracts.records import Attachment, Case
from contracts.tooling import Call, Cannot, Done, Effect
from tools import speech
from tools.common import local, today
from tools.dates import business_days_after
from tools.toolkit import tool

_CASES_READ = 20
_FITS_FOR = timedelta(days=14)  # an open case that a photo can belong to
_EMERGENCY_FITS_FOR = timedelta(hours=2)
_EMERGENCIES = frozenset({"gas leak", "downed wire"})
# Which open cases a photo can belong to, and the words that say it does.
_ABOUT = {
    "bill review": re.compile(r"\b(?:bills?|statements?|charges?|facturas?|recibos?|cobros?)\b"),
    "meter test": re.compile(r"\b(?:meters?|readings?|medidor\w*|contador\w*|lecturas?)\b"),
}
Ids = Annotated[tuple[str, ...], Field(max_length=12)]
_GONE = Cannot(
    "gone",
    marked("I don't have that file any more."),
    marked("Please send it once more."),
)
_KEPT = (
    marked("I've kept your photo with your open case {number}. Whoever works on it will see it."),
    marked(
        "I've kept your photos with your open case {number}. Whoever works on it will see them."
    ),
    marked("I've kept your file with your open case {number}. Whoever works on it will see it."),
    marked("I've kept your files with your open case {number}. Whoever works on it will see them."),
)
_OPENED = (
    marked(
        "I've kept your photo, and somebody will look at it by {day}. Your case number is {number}."
    ),
    marked(
        "I've kept your photos, and somebody will look at them by {day}. "
        "Your case number is {number}."
    ),
    marked(
        "I've kept your file, and somebody will look at it by {day}. Your case number is {number}."
    ),
    marked(
        "I've kept your files, and somebody will look at them by {day}. "
        "Your case number is {number}."
    ),
)


@tool(
    effect=Effect.WRITE,
    rung=Rung.RECOGNISED,
    by_graph=True,
    step=marked("Keeping your photo"),
)
async def keep_photo(call: Call, photos: Ids = (), words: str = "") -> Done | Cannot:
    """Keep photos or files that the customer sent with the open case they belong to; where there
    is none, open one for a person to look at them.

    Args:
        photos: The ids they were kept under.
        words: What the customer said with them.
    """
    files = [file for one in dict.fromkeys(photos) if (file := await _own(call, one))]
    if not files:
        return _GONE
    case = await _case_of(call, files, words)
    linked = await call.services.records.attachments.link(
        [file.attachment_id for file in files], customer_id=call.customer_id, case_id=case.case_id
    )
    await _noted(call, case, linked)
    return _done(call, case, files)


async def _own(call: Call, attachment_id: str) -> Attachment | None:
    """The file, if it was sent by this customer: also as the visitor they were until just now."""
    found = await call.services.records.attachments.get(attachment_id)
    senders = {call.customer_id, anonymous_id(call.channel.value, call.address)}
    return found if found and found.customer_id in senders else None


async def _case_of(call: Call, files: Sequence[Attachment], words: str) -> Case:
    """Where they are already, by a replay; the open case they belong to; or one of their own."""
    cases = await call.services.records.cases.of(call.customer_id, _CASES_READ)
    before = {file.case_id for file in files}
    found = next((case for case in cases if case.case_id in before), None)
    cases.sort(key=lambda case: case.kind == "photo")  # what they are about goes before
    found = found or next((case for case in cases if _fits(call, case, words.lower())), None)
    return found or await _opened(call, files, words)


def _fits(call: Call, case: Case, words: str) -> bool:
    age = call.services.clock.now() - case.opened
    if case.status != "open":
        return False
    if case.kind in _EMERGENCIES:
        return age <= _EMERGENCY_FITS_FOR
    named = {kind for kind, pattern in _ABOUT.items() if pattern.search(words)}
    # What cases there are is told to nobody below VERIFIED; that they sent a photo they know.
    known = _ABOUT.keys() if call.rung >= Rung.VERIFIED else frozenset[str]()
    return age <= _FITS_FOR and case.kind in {"photo", *(known & named if named else known)}


async def _opened(call: Call, files: Sequence[Attachment], words: str) -> Case:
    return await call.services.records.cases.open(
        key=call.key,
        kind="photo",
        customer_id=call.customer_id,
        channel=call.channel,
        reason=words or "sent a photo",
        priority="normal",
        summary=call.summary,
        details={"key": call.key, "photos": [file.attachment_id for file in files]},
        at=call.services.clock.now(),
    )


async def _noted(call: Call, case: Case, files: Sequence[Attachment]) -> None:
    """Whoever opens the case finds them there."""
    known = list(case.details.get("photos", []))
    new = [file.attachment_id for file in files if file.attachment_id not in known]
    if new:
        details = {**case.details, "photos": [*known, *new]}
        await call.services.records.cases.change(case.case_id, details=details)


def _done(call: Call, case: Case, files: Sequence[Attachment]) -> Done:
    opened = case.details.get("key") == call.key
    by = _look_by(call, case) if case.kind == "photo" else None
    which = (0 if all(file.is_image for file in files) else 2) + (len(files) > 1)
    values = {"number": speech.code(case.case_id, call.channel)}
    rows = [(t("Files"), ", ".join(file.name for file in files)), (t("Case"), case.case_id)]
    if by:
        values["day"] = speech.day(by, today(call))
        rows.append((t("Looked at by"), values["day"]))
    say = t((_OPENED if opened else _KEPT)[which], **values)
    data: dict[str, Any] = {
        "case": case.case_id,
        "about": case.kind,
        "files": len(files),
        "look_by": by.isoformat() if by else None,
    }
    card = Card(card="case", title=t("Kept with your case"), rows=tuple(rows), data=data)
    return Done(data, say, (card,))


def _look_by(call: Call, case: Case) -> date:
    days = call.services.scenario.policies.photos.answer_business_days
    return business_days_after(local(call, case.opened).date(), days)


TOOLS = (keep_photo,)
