"""What ACS itself says in a call where we have no voice of our own: in the customer's language."""

from __future__ import annotations

import logging
from uuid import uuid4

from contracts.errors import MemoryUnavailable, RecordsUnavailable
from contracts.language import ENGLISH, marked, speaking, t
from contracts.records import CallRecord, Customers
from voice.acs.client import CallClient, CallRefused
from voice.acs.memory import LEAVING, CallMemory

log = logging.getLogger(__name__)

SAID_WITHIN_S = 8.0
FAILED = marked("I'm sorry, something went wrong on our side. Please call us again.")


class Apologies:
    """`words` are marked for translation. What fails is logged."""

    def __init__(self, client: CallClient, memory: CallMemory, customers: Customers) -> None:
        self._client = client
        self._memory = memory
        self._customers = customers

    async def worded(self, call: CallRecord, words: str) -> tuple[str, str]:
        """The words as the customer understands them, and their language."""
        try:
            customer = await self._customers.get(call.customer_id)
        except RecordsUnavailable:
            customer = None
        language = customer.language if customer else ENGLISH
        with speaking(language):
            return t(words), language

    async def say(self, call: CallRecord, words: str, operation: str = "") -> bool:
        """Begin to say it; whether it can be."""
        said, language = await self.worded(call, words)
        try:
            await self._client.say(call.connection_id, said, language, operation=operation)
        except CallRefused as refused:
            log.warning("an apology was not said", extra={"error": str(refused)})
            return False
        return True

    async def farewell(
        self, call: CallRecord, words: str, *, within_s: float = SAID_WITHIN_S
    ) -> None:
        """Say it, wait until it was said or can't be, and hang up."""
        operation = f"farewell-{uuid4().hex[:12]}"
        try:
            await self._memory.tell(call.call_id, LEAVING)
            if await self.say(call, words, operation):
                await self._memory.until(call.call_id, operation, within_s)
        except MemoryUnavailable:
            log.warning("a call is ended at once: the memory is down")
        try:
            await self._client.hang_up(call.connection_id)
        except CallRefused as refused:
            if not refused.gone:
                log.warning("a call could not be ended", extra={"error": str(refused)})
