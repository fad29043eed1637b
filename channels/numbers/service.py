"""What operators change: each change is checked before it is stored, and noted with its author."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from channels.numbers import sheet
from channels.numbers.entries import (
    KINDS,
    Entry,
    entries_of,
    entry_of,
    id_of,
    kind_of,
    mark_of,
    with_entry,
    without,
)
from channels.numbers.problem import Problem, Refused, shown
from channels.numbers.validation import errors, problems
from contracts.clock import Clock
from contracts.errors import BadInput, Conflict
from contracts.records import AuditEntry, ChannelEntry, Configuration, Mapping, Numbers
from contracts.records.numbers import Kind
from contracts.scenario import Scenario

TRIES = 8  # of a change, where somebody else's came in between
_APART_S = 0.01

Action = str
_Edit = Callable[[Configuration], Configuration]


class NotThere(BadInput):
    """There is no such entry."""


@dataclass(frozen=True, slots=True)
class Imported:
    """What an import changes, or would change. `problems` are warnings: errors refuse it."""

    configuration: Configuration
    changes: tuple[AuditEntry, ...]
    problems: tuple[Problem, ...]
    stored: bool


class NumbersService:
    """All methods raise RecordsUnavailable. Those that change something raise Refused with every
    problem that the change would make, NotThere, and Conflict where somebody else is quicker time
    and again; nothing is stored then. `who` is written to the audit trail."""

    def __init__(self, numbers: Numbers, scenario: Scenario, clock: Clock) -> None:
        self._numbers = numbers
        self._scenario = scenario
        self._clock = clock

    # --- looking ------------------------------------------------------------------------------

    async def load(self) -> Configuration:
        return await self._numbers.load()

    async def problems(self) -> tuple[Problem, ...]:
        """What is wrong with what stands, errors first."""
        return await self._checked(problems, await self.load())

    async def audited(self, limit: int = 100) -> list[AuditEntry]:
        """Newest first."""
        return await self._numbers.audited(limit)

    async def export_yaml(self) -> str:
        return await asyncio.to_thread(sheet.written, await self.load())

    # --- changing -----------------------------------------------------------------------------

    async def add(self, entry: Entry, *, who: str, agent_id: str = "") -> Configuration:
        """Add an entry. `agent_id`: of a channel, the agent to which it is mapped at once, since an
        active one needs a primary mapping."""
        kind, entry_id = kind_of(entry), id_of(entry)

        def edit(standing: Configuration) -> Configuration:
            if entry_of(standing, kind, entry_id) is not None:
                raise Refused((_taken(kind, entry_id),))
            changed = with_entry(standing, entry)
            if agent_id and isinstance(entry, ChannelEntry):
                changed = with_entry(changed, _first(changed, entry, agent_id))
            return changed

        return await self._change(edit, "add", who)

    async def edit(self, entry: Entry, *, who: str, mark: str = "") -> Configuration:
        """Put an entry in place of the one with its id. `mark`: of the entry that was edited;
        raises Conflict where another one stands by now."""
        kind, entry_id = kind_of(entry), id_of(entry)

        def edit(standing: Configuration) -> Configuration:
            there = _there(standing, kind, entry_id)
            if mark and mark != mark_of(there):
                raise Conflict(
                    f"somebody else has changed the {kind} {shown(entry_id)} meanwhile: load the "
                    "page again and repeat it"
                )
            return with_entry(standing, entry)

        return await self._change(edit, "edit", who)

    async def switch(self, kind: Kind, entry_id: str, *, on: bool, who: str) -> Configuration:
        """Switch an agent or a channel on or off. A channel keeps its mappings meanwhile."""

        def edit(standing: Configuration) -> Configuration:
            there = _there(standing, kind, entry_id)
            if isinstance(there, Mapping):
                raise BadInput("a mapping can't be switched off: delete it, or change its rule")
            return with_entry(standing, there.model_copy(update={"active": on}))

        return await self._change(edit, "switch on" if on else "switch off", who)

    async def delete(self, kind: Kind, entry_id: str, *, who: str) -> Configuration:
        """Delete an entry; a channel's mappings go with it."""

        def edit(standing: Configuration) -> Configuration:
            _there(standing, kind, entry_id)
            changed = without(standing, kind, entry_id)
            if kind == "channel":
                for mapping in (it for it in standing.mappings if it.channel_id == entry_id):
                    changed = without(changed, "mapping", mapping.mapping_id)
            return changed

        return await self._change(edit, "delete", who)

    async def make_primary(self, mapping_id: str, *, who: str) -> Configuration:
        """Make a mapping its channel's primary one, in place of the one that was."""

        def edit(standing: Configuration) -> Configuration:
            chosen = _there(standing, "mapping", mapping_id)
            assert isinstance(chosen, Mapping)  # noqa: S101
            for other in standing.mappings:
                primary = other.mapping_id == mapping_id
                if other.channel_id == chosen.channel_id and other.primary != primary:
                    changed = other.model_copy(update={"primary": primary})
                    standing = with_entry(standing, changed)
            return standing

        return await self._change(edit, "edit", who)

    async def map_to(self, channel_id: str, agent_id: str, *, who: str) -> Configuration:
        """Have a channel's primary mapping lead to this agent; made where there is none."""

        def edit(standing: Configuration) -> Configuration:
            channel = _there(standing, "channel", channel_id)
            assert isinstance(channel, ChannelEntry)  # noqa: S101
            own = (it for it in standing.mappings if it.channel_id == channel_id and it.primary)
            primary = next(own, None) or _first(standing, channel, agent_id)
            return with_entry(standing, primary.model_copy(update={"agent_id": agent_id}))

        return await self._change(edit, "edit", who)

    async def import_yaml(self, text: str, *, who: str, dry_run: bool = False) -> Imported:
        """Put what a file holds in place of all that stands, or say what that would change."""
        given = await asyncio.to_thread(sheet.read, text)
        found = await self._checked(problems, given)
        if wrong := tuple(it for it in found if it.severity == "error"):
            raise Refused(wrong)
        standing = await self.load()
        changes = self._noted(standing, given, "import", who)
        if not dry_run and changes:
            given = await self._change(lambda _: given, "import", who)
        return Imported(given, changes, found, stored=not dry_run)

    async def begin(self, configuration: Configuration, *, who: str) -> None:
        """Store a first configuration; nothing happens where there was one, even an empty one."""
        standing = await self.load()
        if standing.version:
            return
        if wrong := await self._checked(errors, configuration):
            raise Refused(wrong)
        noted = self._noted(standing, configuration, "import", who)
        with contextlib.suppress(Conflict):  # another process began it
            await self._numbers.change(configuration, audit=noted)

    async def _change(self, edit: _Edit, action: Action, who: str) -> Configuration:
        """Apply an edit to what stands; again to what stands then, where that was changed in
        between. A change is refused for the errors that it makes, not for those that were there."""
        for attempt in range(1, TRIES + 1):
            standing = await self.load()
            changed = edit(standing).model_copy(update={"version": standing.version})
            await self._refuse_worse(standing, changed)
            noted = self._noted(standing, changed, action, who)
            if not noted:
                return standing
            try:
                return await self._numbers.change(changed, audit=noted)
            except Conflict:
                if attempt == TRIES:
                    raise
                await asyncio.sleep(_APART_S * attempt)
        raise AssertionError("unreachable")

    async def _refuse_worse(self, standing: Configuration, changed: Configuration) -> None:
        wrong = await self._checked(errors, changed)
        if wrong:
            before = set(await self._checked(errors, standing))
            wrong = tuple(problem for problem in wrong if problem not in before)
        if wrong:
            raise Refused(wrong)

    async def _checked(
        self,
        check: Callable[[Configuration, Scenario], tuple[Problem, ...]],
        configuration: Configuration,
    ) -> tuple[Problem, ...]:
        """Off the loop: thousands of entries take a while."""
        return await asyncio.to_thread(check, configuration, self._scenario)

    def _noted(
        self, before: Configuration, after: Configuration, action: str, who: str
    ) -> tuple[AuditEntry, ...]:
        at = self._clock.now()
        return tuple(
            AuditEntry.model_validate(
                {
                    "at": at,
                    "who": who,
                    "action": action if action == "import" else _of(action, old, new),
                    "kind": kind,
                    "id": entry_id,
                    "before": old and old.model_dump(mode="json"),
                    "after": new and new.model_dump(mode="json"),
                }
            )
            for kind, entry_id, old, new in differences(before, after)
        )


def differences(
    before: Configuration, after: Configuration
) -> Iterator[tuple[Kind, str, Entry | None, Entry | None]]:
    """Each entry that is not the same in both: kind, id, and how it stands in either."""
    for kind in KINDS:
        old = {id_of(entry): entry for entry in entries_of(before, kind)}
        new = {id_of(entry): entry for entry in entries_of(after, kind)}
        for entry_id in {**old, **new}:
            if old.get(entry_id) != new.get(entry_id):
                yield kind, entry_id, old.get(entry_id), new.get(entry_id)


def _of(action: str, old: Entry | None, new: Entry | None) -> str:
    """What came of one entry in a change that was of another, perhaps."""
    if old is None:
        return "add"
    return "delete" if new is None else ("edit" if action in ("add", "delete") else action)


def _there(standing: Configuration, kind: Kind, entry_id: str) -> Entry:
    found = entry_of(standing, kind, entry_id)
    if found is None:
        raise NotThere(f"there is no {kind} {shown(entry_id)}: load the page again")
    return found


def _taken(kind: Kind, entry_id: str) -> Problem:
    return Problem(
        kind=kind,
        id=entry_id,
        field=f"{kind}_id",
        message=f"The id {shown(entry_id)} is another {kind}'s: choose a free one or edit it.",
    )


def _first(standing: Configuration, channel: ChannelEntry, agent_id: str) -> Mapping:
    """A primary mapping under an id that is free."""
    taken = {mapping.mapping_id for mapping in standing.mappings}
    stem = channel.channel_id[:70]
    ids = (stem, *(f"{stem}-{number}" for number in range(2, len(taken) + 3)))
    free = next(entry_id for entry_id in ids if entry_id not in taken)
    return Mapping(mapping_id=free, channel_id=channel.channel_id, agent_id=agent_id, primary=True)
