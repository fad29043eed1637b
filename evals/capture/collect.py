"""Finds what is to be captured: rated turns, or a customer's last conversation."""

from __future__ import annotations

import asyncio
import re
from collections.abc import AsyncIterator, Iterable, Sequence
from dataclasses import dataclass
from datetime import timedelta
from decimal import Decimal
from pathlib import Path

import yaml

from app.build import App
from channels.addresses import normalise
from contracts.errors import BadInput, ConfigurationError
from contracts.identity import is_anonymous
from contracts.language import LOCALES
from contracts.messages import Channel, Turn
from contracts.records import Customer, Rating
from contracts.spanish import unaccented
from evals.capture.draft import case_id, draft
from evals.capture.private import OnFile, Private, names
from evals.case import CASES, Case
from nodes.language import language_of

FOLDER = CASES / "captured"
ALL = "all"
SILENCE = timedelta(hours=2)  # after which a conversation is another one
_LOOKED_BACK = 300  # turns
_PLAYERS = {"en": "Maria", "es": "Rosa"}
_WORD = re.compile(r"[^\W\d_]+(?:'[^\W\d_]+)?")


@dataclass(frozen=True, slots=True)
class Captured:
    """A case that was written; left: personal data that stayed in, for which it was not."""

    case: str
    path: Path | None
    left: int = 0


async def listed(app: App, limit: int) -> list[tuple[Rating, Turn | None]]:
    """The last ratings with their turns, newest first."""
    ratings = await app.records.feedback.recent(limit)
    return [(one, await app.records.transcripts.find(one.key)) for one in ratings]


async def captured(
    app: App, wanted: Sequence[str], *, limit: int, folder: Path = FOLDER
) -> list[Captured]:
    """Write a case for each turn and customer that is named, or for all that were rated. limit: the
    most turns of a conversation. Raises ConfigurationError for what is not there."""
    words = _our_words(app)
    return [
        await _written(app, turn, rating, words, limit, folder)
        async for turn, rating in _wanted(app, wanted)
    ]


async def _wanted(app: App, wanted: Sequence[str]) -> AsyncIterator[tuple[Turn, Rating | None]]:
    rated = {one.key: one for one in await app.records.feedback.recent(_LOOKED_BACK)}
    names = list(rated) if ALL in wanted else wanted
    for name in names:
        turn = await app.records.transcripts.find(name)
        if turn is None and name not in rated:
            turn = await _last_of(app, name)
        if turn is not None:
            yield turn, rated.get(turn.inbound_key)


async def _last_of(app: App, name: str) -> Turn:
    """The last turn of a customer, who is named by id, account or number."""
    customers = app.records.customers
    who = await customers.get(name) or await customers.by_account(name)
    who = who or await _by_number(app, name)
    turns = await app.records.transcripts.recent(who.customer_id if who else name, 1)
    if not turns:
        raise ConfigurationError(f"{name!r} is no turn, and no customer who said something")
    return turns[-1]


async def _by_number(app: App, name: str) -> Customer | None:
    try:
        number = normalise(Channel.VOICE, name, app.scenario.brand.region)
    except BadInput:
        return None
    return await app.records.customers.by_contact(Channel.VOICE, number)


async def _written(
    app: App, turn: Turn, rating: Rating | None, words: frozenset[str], limit: int, folder: Path
) -> Captured:
    turns = await _conversation(app, turn, limit)
    who = await app.records.customers.get(turn.customer_id)
    private = Private(await _on_file(app, who) if who else None, words, app.clock.now().date())
    lang = language_of(" ".join(turn.said for turn in turns)) or (who.language if who else "en")
    player = None if is_anonymous(turn.customer_id) else _PLAYERS[lang]
    text, name = draft(turns, rating, private, player, lang), case_id(turn)
    if left := private.left_in(text):
        return Captured(name, None, len(left))
    return Captured(name, await asyncio.to_thread(_write, folder / f"{name}.yaml", text))


def _write(path: Path, text: str) -> Path:
    for raw in yaml.safe_load(text):
        Case.model_validate(raw)  # what is written can be read
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")
    return path


async def _conversation(app: App, last: Turn, limit: int) -> list[Turn]:
    """The turns up to `last`, from the last long silence on."""
    recent = await app.records.transcripts.recent(last.customer_id, _LOOKED_BACK)
    before = [turn for turn in recent if turn.at < last.at]
    turns = [last]
    for turn in reversed(before):
        if len(turns) == limit or turns[0].at - turn.at > SILENCE:
            break
        turns.insert(0, turn)
    return turns


async def _on_file(app: App, who: Customer) -> OnFile:
    account = await app.records.accounts.get(who.account_number)
    premise = await app.records.accounts.premise(account.premise_id) if account else None
    balance = await app.records.billing.balance(who.account_number) if account else Decimal(0)
    bills = await app.records.billing.bills(who.account_number, 12) if account else []
    return OnFile(who, premise, balance, tuple(bills))


def _our_words(app: App) -> frozenset[str]:
    """The words of our own texts: prompts, policies, tools, translations; and those of the
    phrases, names among them left out."""
    agents, specs = app.scenario.agents.values(), app.toolbox.by_name.values()
    texts = [path.read_text("utf-8") for path in LOCALES.rglob("*.po")]
    texts += [text for agent in agents for text in (agent.prompt, *agent.policies)]
    texts += [text for spec in specs for text in (spec.description, spec.step)]
    phrases = [phrase for agent in agents for phrase in agent.phrases]
    phrases += [phrase for spec in specs for phrase in spec.phrases]
    return _words_in(texts) | (_words_in(phrases) - names())


def _words_in(texts: Iterable[str]) -> frozenset[str]:
    return frozenset(unaccented(word) for text in texts for word in _WORD.findall(text))
