"""What is known of a customer: their thread, their last turns, their context."""

from __future__ import annotations

from typing import Any

from contracts.errors import RecordsUnavailable
from contracts.identity import Identity, is_anonymous
from contracts.messages import Turn
from contracts.ports import Lease
from contracts.records import CallRecord, Records
from gateway.archiver import Archiver
from gateway.restore import snapshot_to_state
from gateway.thread import Loaded, ThreadRunner
from nodes.state import State

CALLS_SHOWN = 5


class Known:
    """Reads threads and records. A checkpoint that was lost is found again in the records."""

    def __init__(self, runner: ThreadRunner, records: Records, archiver: Archiver) -> None:
        self._runner = runner
        self._records = records
        self._archiver = archiver

    async def loaded(self, lease: Lease, who: Identity) -> Loaded:
        """The thread; written again out of the records if its checkpoint was lost."""
        thread_id = lease.thread_id
        loaded = await self._runner.load(thread_id)
        if loaded.values or is_anonymous(who.customer_id) or who.thread_id != thread_id:
            return loaded
        try:
            snapshot = await self._records.threads.load(thread_id)
            turns = await self.recent(who, limit=6) if snapshot else []
        except RecordsUnavailable:
            return loaded
        if not snapshot:
            return loaded
        await self._runner.restore(lease, snapshot_to_state(snapshot, turns))
        return await self._runner.load(thread_id)

    async def recent(self, who: Identity, limit: int) -> list[Turn]:
        """The customer's last turns on all channels, oldest first; those just over among them."""
        await self._archiver.drain()
        return await self._records.transcripts.recent(who.customer_id, limit)

    async def language(self, who: Identity) -> str | None:
        """The customer's, by the records, for an apology; None where they are no help."""
        try:
            customer = await self._records.customers.get(who.customer_id)
        except RecordsUnavailable:
            return None
        return customer.language if customer else None

    async def context(self, who: Identity) -> dict[str, Any]:
        """The customer's context as `throughline show` prints it."""
        values = await self._state(who)
        turn = values.get("turn") or {}
        return {
            "customer_id": who.customer_id,
            "thread_id": who.thread_id,
            "identity": who.rung.word,
            "active_agent": values.get("active_agent"),
            "turns": values.get("number", 0),
            "last_channel": turn.get("channel"),
            "language": values.get("language"),
            "sessions": values.get("sessions", []),
            "conversation_summary": summary_of(values),
            "collected_data": values.get("collected", {}),
            "handoffs": values.get("trail", []),
            "offers": values.get("offers", []),
            "pending": values.get("pending"),
            "calls": await self._calls(who),
        }

    async def _calls(self, who: Identity) -> list[dict[str, Any]]:
        """The last calls, briefly; none while the records are down."""
        try:
            calls = await self._records.calls.of(who.customer_id, CALLS_SHOWN)
        except RecordsUnavailable:
            return []
        return [_briefly(call) for call in calls]

    async def _state(self, who: Identity) -> State:
        """The thread's state to look at, without writing anything."""
        values = (await self._runner.load(who.thread_id)).values
        if values or is_anonymous(who.customer_id):
            return values
        try:
            snapshot = await self._records.threads.load(who.thread_id)
        except RecordsUnavailable:
            return values
        state: Any = snapshot_to_state(snapshot, []) if snapshot else {}
        return state  # type: ignore[no-any-return]


def _briefly(call: CallRecord) -> dict[str, Any]:
    """seconds: from the answer to the end; None for a call that goes on, or was not answered.
    settled: what it settled and left open, once that is known."""
    lasted = call.ended - call.answered if call.ended and call.answered else None
    return {
        "began": call.began.isoformat(),
        "direction": call.direction,
        "seconds": None if lasted is None else round(lasted.total_seconds()),
        "outcome": call.outcome or "going on",
        "settled": call.summary,
    }


def summary_of(values: State) -> str:
    """The running summary, with what was told since it was last folded."""
    summary = values.get("summary", "")
    told = dict.fromkeys(str(t.get("say", "")) for t in values.get("collected", {}).values())
    return " ".join(
        part for part in (summary, *(say for say in told if say not in summary)) if part
    )
