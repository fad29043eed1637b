"""Mid-call events: arrays of CloudEvents to the address that the call was answered with, in their
order where chaos does not want it otherwise, tried again when they are not taken."""

from __future__ import annotations

import asyncio
import logging
import random
from collections import deque
from dataclasses import dataclass, field
from typing import Any

import httpx

from emulator.api import Chaos
from emulator.calling.keys import CALLBACK_LIFE, Signer, Whose
from emulator.calling.work import Work
from emulator.config import EmulatorConfig
from emulator.eventgrid import TAKEN

log = logging.getLogger(__name__)

AGAIN_S = (0.5, 1, 2, 4, 8, 16)  # between attempts
LINGER_S = 0.05  # so that there is something to shuffle
PREFIX = "Microsoft.Communication."


@dataclass(slots=True)
class _Box:
    """What waits for one address."""

    waiting: deque[dict[str, Any]] = field(default_factory=deque)
    delivering: bool = False


class Callbacks:
    """Posts events. `chaos` is Event Grid's, and may change; `token` says whose they bear."""

    def __init__(
        self, config: EmulatorConfig, signer: Signer, http: httpx.AsyncClient, work: Work
    ) -> None:
        self.chaos: Chaos = config.subscription.chaos
        self.token: Whose = "own"
        self.dead = 0
        self._config = config
        self._signer = signer
        self._http = http
        self._work = work
        self._random: random.Random = config.random("callbacks")
        self._boxes: dict[str, _Box] = {}

    def post(self, url: str, event: dict[str, Any]) -> None:
        """Deliver it, sooner or later; twice, where chaos wants that."""
        box = self._boxes.setdefault(url, _Box())
        for _ in range(2 if self._random.random() < self.chaos.duplicates else 1):
            place = len(box.waiting)
            if self.chaos.shuffle:
                place = self._random.randint(0, place)
            box.waiting.insert(place, event)
        if not box.delivering:
            box.delivering = True
            self._work.start(self._deliver(url, box))

    async def _deliver(self, url: str, box: _Box) -> None:
        """One request after the other; one that is not taken does not hold up the next."""
        try:
            while box.waiting:
                if self.chaos.shuffle:
                    await self._config.wait(LINGER_S)
                most = min(self.chaos.batch, len(box.waiting))
                batch = [box.waiting.popleft() for _ in range(most)]
                if not _is_final(await self._post(url, batch)):
                    self._work.start(self._again(url, batch))
        finally:
            box.delivering = False
            if not box.waiting:
                self._boxes.pop(url, None)

    async def _again(self, url: str, batch: list[dict[str, Any]]) -> None:
        for pause_s in AGAIN_S:
            await self._config.wait(pause_s * self._config.subscription.scale)
            if _is_final(await self._post(url, batch)):
                return
        self.dead += len(batch)
        log.warning("call-backs were given up", extra={"events": len(batch)})

    async def _post(self, url: str, batch: list[dict[str, Any]]) -> int:
        """Its status; 0 if there was no answer."""
        headers = await self._signer.headers(CALLBACK_LIFE, self.token)
        headers["Content-Type"] = "application/json; charset=utf-8"
        timeout = self._config.subscription.timeout_s
        try:
            async with asyncio.timeout(timeout):
                answer = await self._http.post(url, json=batch, headers=headers, timeout=timeout)
        except (httpx.HTTPError, TimeoutError):
            return 0
        return answer.status_code


def _is_final(status: int) -> bool:
    """Taken, or refused for good: only what may yet be taken is tried again."""
    if status in TAKEN:
        return True
    if 400 <= status < 500 and status not in {408, 429}:
        log.warning("a call-back was refused", extra={"status": status})
        return True
    return False
