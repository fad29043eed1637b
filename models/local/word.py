"""The reply in words: what the tools say, in a friendly frame."""

from __future__ import annotations

import re
from collections.abc import Mapping
from importlib.resources import files

import yaml

from models.local.catalogue import Catalogue
from models.local.moves import Say
from models.local.reading import Outcome, Situation
from models.local.wishes import Customs

OFTEN = 3  # times an answer is given before something else is offered
_MORE = re.compile(r"\b(?:any|what) ?(?:thing )?else\b[^.?!]*\?$", re.IGNORECASE)
_BRAND = re.compile(
    r"^You are the [\w -]+? of (?P<brand>(?:(?:[A-Z]|&)[\w'&-]*\s?)+)", re.MULTILINE
)
_SPANISH = re.compile(
    r"[¿¡]|\b(?:hola|gracias|cu[aá]nto|cu[aá]ndo|qui[eé]n|quiero|necesito|tengo|factura|recibo|"
    r"por favor|buenos d[ií]as|buenas|hay luz|mi casa|pagar|electricidad)\b",
    re.IGNORECASE,
)


class Wording:
    """Composes replies. Pure: variety comes from how far the conversation is."""

    def __init__(self, catalogue: Catalogue, customs: Customs) -> None:
        text = files("models.local").joinpath("wording.yaml").read_text(encoding="utf-8")
        self._sentences: Mapping[str, list[str]] = yaml.safe_load(text)
        self._catalogue = catalogue
        self._customs = customs

    def reply(self, say: Say, now: Situation, *, greets: bool) -> str:
        """The whole reply of a turn; never empty."""
        text = self._told(now, greets) if say.key == "outcomes" else self._said(say, now, greets)
        in_spanish = self._sentences["spanish"][0]
        first = _SPANISH.search(now.heard) and not now.briefed and in_spanish not in now.told
        return f"{in_spanish} {text}" if first else text

    def _said(self, say: Say, now: Situation, greets: bool) -> str:
        key = say.key
        if key == "topic" and now.agent == self._catalogue.hub:
            key = "greeting" if greets else "help"
        key = self._variant(key, now)
        pending = now.brief.get("pending") or {}
        # An agent reminds of its own questions, the hub of any before they go.
        leaving = key == "goodbye" and now.agent == self._catalogue.hub
        reminds = pending.get("tool") in now.tools or leaving
        # What was asked or found since goes before; so does what is about the call itself.
        since = bool(say.values) or key in ("confirm_again", "left")
        if not pending or not reminds or since:
            return self._sentence(key, now, **dict(say.values))
        return self._still_waiting(key, now)

    def _still_waiting(self, key: str, now: Situation) -> str:
        """One question at a time: a yes must not be able to mean two things."""
        if key == "goodbye":
            return self._sentence("goodbye_waiting", now)
        text = self._sentence("unserved_waiting" if key == "unserved" else key, now)
        said = [s for s in re.split(r"(?<=[.!?])\s+", text) if not s.endswith("?")]
        return " ".join([*said, self._sentence("still_waiting", now)])

    def _variant(self, key: str, now: Situation) -> str:
        if key == "no" and _MORE.search(now.last_reply):
            return "goodbye"
        outage = (now.brief.get("collected") or {}).get("outage") or {}
        if key == "greeting" and outage and outage.get("status") not in ("none", "restored"):
            return "greeting_outage"
        if key == "topic" and f"topic_{now.agent}" in self._sentences:
            return f"topic_{now.agent}"
        if key == "repeat" and not now.last_reply:
            return "repeat_nothing"
        if key == "unclear" and now.last_reply in self._sentences["unclear"]:
            return "unclear_again"
        return key if key in self._sentences else "cannot"

    def _sentence(self, key: str, now: Situation, **values: str) -> str:
        forms = self._sentences[key]
        form = forms[len(now.replies) % len(forms)]
        pending = now.brief.get("pending") or {}
        text = form.format(
            name=self._name(now),
            maria=self._name(now).removeprefix(","),
            last=now.last_reply.removeprefix("Of course. "),
            brand=_brand(now.system),
            read_back=str(pending.get("read_back", "")),
            **values,
        )
        return text.strip()

    def _name(self, now: Situation) -> str:
        """The name, unless it was just said."""
        named = now.first_name and now.first_name not in now.last_reply
        return f", {now.first_name}" if named else ""

    def _told(self, now: Situation, greets: bool) -> str:
        told = self._worth_telling(now)
        sorry = self._sympathy(told, now)
        says = list(dict.fromkeys(filter(None, map(self._of_outcome, told))))
        opening = sorry or (self._hello(now) if greets and not now.replies else "")
        body = " ".join(says) or self._sentence("nothing_told", now)
        if sum(body in reply for reply in now.replies[-6:]) == OFTEN - 1:
            body = f"{body} {self._sentence('stuck', now)}"
        if sorry and body.lower().startswith(("i'm sorry", "we're sorry")):
            opening = ""
        return f"{opening} {body}".strip()

    def _worth_telling(self, now: Situation) -> list[Outcome]:
        """All answers of the turn but hand-offs, and look-ups that a later answer made idle."""
        done = {o.tool for o in now.outcomes if o.status == "done"}
        idle = {look for tool, look in self._customs.look_first.items() if tool in done}
        passed = {*self._catalogue.handoffs, *idle}
        told = [o for o in now.outcomes if o.tool not in passed]
        # A question that was answered at once is not put any more.
        return [
            o
            for at, o in enumerate(told)
            if o.status != "ask_again" or all(later.tool != o.tool for later in told[at + 1 :])
        ]

    def _of_outcome(self, outcome: Outcome) -> str:
        if outcome.say:
            # A sentence for `next` follows only where the tool gives one; a code is not for ears.
            sentence = outcome.next if " " in outcome.next and outcome.next[:1].isupper() else ""
            return f"{outcome.say} {sentence}".strip()
        return self._sentences["failed"][0] if outcome.status in ("failed", "cannot") else ""

    def _hello(self, now: Situation) -> str:
        return f"Hi{self._name(now).removeprefix(',')}."

    def _sympathy(self, told: list[Outcome], now: Situation) -> str:
        """One line, once for an issue: not when we said so before, nor when nothing is wrong."""
        form = next((s.says for s in self._customs.sorry for o in told if s.fits(o, now)), "")
        opening = form.split("{", 1)[0]
        if not form or opening in now.told:
            return ""
        return form.format(name=self._name(now))


def _brand(system: str) -> str:
    """The utility's name, as the agent's prompt gives it."""
    found = _BRAND.search(system)
    return found["brand"].strip() if found else "your utility"
