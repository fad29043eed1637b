"""Event Grid: the handshake, then arrays of events to a webhook, at least once and in any order."""

from __future__ import annotations

import asyncio
import logging
import random
from collections import deque
from collections.abc import Callable
from datetime import timedelta
from typing import Any
from uuid import uuid4

import httpx

from contracts.clock import Clock
from emulator.api import Grid
from emulator.config import Subscription, Wait
from emulator.events import Event
from emulator.postings import Postings

log = logging.getLogger(__name__)

SECRET_HEADER = "X-Throughline-Secret"
# Event Grid's waits before the second attempt, the third, ...; then every 12 hours.
SCHEDULE_S = (10, 30, 60, 300, 600, 1_800, 3_600, 10_800, 21_600, 43_200)
HOPELESS = frozenset({400, 401, 403, 413})  # for a webhook these are not tried again
TAKEN = frozenset({200, 201, 202, 203, 204})
PATIENCE_S = 1.0  # the next batch need not wait longer for the one before
KEPT_DEAD = 1_000
LIFE = timedelta(hours=24)
MOST_WAITING = 50_000  # the oldest are given up
LINGER_S = 0.02  # so that there is something to shuffle
VALIDATION = "Microsoft.EventGrid.SubscriptionValidationEvent"


class EventGrid:
    """Plays one subscription. `random` decides on duplicates and order; `wait` sleeps; `ended` is
    told of events that were delivered, or given up."""

    def __init__(
        self,
        subscription: Subscription,
        *,
        clock: Clock,
        random: random.Random,
        wait: Wait,
        http: httpx.AsyncClient,
        changed: Callable[[], None] = lambda: None,
        ended: Callable[[list[Event], bool], None] = lambda _batch, _taken: None,
    ) -> None:
        self.chaos = subscription.chaos
        self.postings = Postings()
        self.dead: deque[Event] = deque(maxlen=KEPT_DEAD)
        self._subscription = subscription
        self._clock = clock
        self._random = random
        self._wait = wait
        self._changed = changed
        self._ended = ended
        self._http = http
        self._waiting: deque[Event] = deque()
        self._wake = asyncio.Event()
        self._idle = asyncio.Event()
        self._idle.set()
        self._under_way: set[asyncio.Task[None]] = set()
        self._running: asyncio.Task[None] | None = None
        self._connected = False
        self._delivered = 0
        self._last_error = ""

    @property
    def standing(self) -> Grid:
        return Grid(
            connected=self._connected,
            webhook=self._subscription.webhook,
            waiting=len(self._waiting) + len(self._under_way),
            delivered=self._delivered,
            dead=len(self.dead),
            last_error=self._last_error,
        )

    def start(self) -> None:
        self._running = asyncio.create_task(self._run())

    async def close(self) -> None:
        """What was not delivered is lost."""
        tasks = [*self._under_way, *([self._running] if self._running else [])]
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    def publish(self, event: Event) -> None:
        """Deliver it, sooner or later; twice, where chaos wants that."""
        self.postings.begun(event)
        copies = 2 if self._random.random() < self.chaos.duplicates else 1
        for _ in range(copies):
            place = len(self._waiting)
            if self.chaos.shuffle:
                place = self._random.randint(0, len(self._waiting))
            self._waiting.insert(place, event)
        while len(self._waiting) > MOST_WAITING:
            self._give_up([self._waiting.popleft()])
        self._idle.clear()
        self._wake.set()

    async def settled(self) -> None:
        """Returns once every event is delivered or given up."""
        await self._idle.wait()

    async def _run(self) -> None:
        await self._connect()
        while True:
            await self._wake.wait()
            if self.chaos.shuffle:
                await self._wait(LINGER_S)
            batch = self._take()
            task = asyncio.create_task(self._deliver(batch))
            self._under_way.add(task)
            task.add_done_callback(self._done)
            await asyncio.wait({task}, timeout=PATIENCE_S)

    def _take(self) -> list[Event]:
        most = min(self.chaos.batch, len(self._waiting))
        batch = [self._waiting.popleft() for _ in range(most)]
        if not self._waiting:
            self._wake.clear()
        return batch

    def _done(self, task: asyncio.Task[None]) -> None:
        self._under_way.discard(task)
        if not self._waiting and not self._under_way:
            self._idle.set()
        if not task.cancelled() and (error := task.exception()):
            log.error("events got lost", exc_info=error)
        self._changed()

    async def _deliver(self, batch: list[Event]) -> None:
        """Attempts until it is taken, hopeless, or tried too often."""
        for attempt in range(1, self._subscription.attempts + 1):
            status = await self._post(batch, attempt)
            self.postings.tried(batch, attempt, status)
            if status in TAKEN:
                self._delivered += len(batch)
                self.postings.delivered(batch)
                self._ended(batch, True)
                return
            last = attempt == self._subscription.attempts or self._is_stale(batch)
            if status in HOPELESS or last:
                break
            self._changed()
            await self._wait(self._pause(attempt))
        log.warning("events were given up", extra={"events": len(batch), "status": status})
        self._give_up(batch)

    def _give_up(self, batch: list[Event]) -> None:
        self.dead.extend(batch)
        self.postings.given_up(batch)
        self._ended(batch, False)

    def _is_stale(self, batch: list[Event]) -> bool:
        return self._clock.now() - min(event.at for event in batch) >= LIFE

    def _pause(self, attempt: int) -> float:
        base = SCHEDULE_S[min(attempt, len(SCHEDULE_S)) - 1]
        return base * self._random.uniform(1.0, 1.1) * self._subscription.scale

    async def _post(self, batch: list[Event], attempt: int) -> int:
        """Its status; 0 if there was no answer."""
        if self._subscription.schema == "cloudevents":
            content: list[Any] = [event.as_cloud_event() for event in batch]
            kind = "application/cloudevents-batch+json; charset=utf-8"
        else:
            content = [event.as_event_grid() for event in batch]
            kind = "application/json; charset=utf-8"
        headers = {"Content-Type": kind, "aeg-delivery-count": str(attempt - 1)}
        answer = await self._ask("POST", "Notification", content, headers)
        return answer.status_code if answer is not None else 0

    async def _ask(
        self, method: str, kind: str, content: list[Any] | None, headers: dict[str, str]
    ) -> httpx.Response | None:
        """None if there was no answer; what was wrong is kept for the page."""
        headers = {
            **headers,
            "aeg-event-type": kind,
            "aeg-subscription-name": "EMULATOR",
            **({SECRET_HEADER: self._subscription.secret} if self._subscription.secret else {}),
        }
        url = self._subscription.webhook
        try:
            answer = await self._http.request(
                method, url, json=content, headers=headers, timeout=self._subscription.timeout_s
            )
        except httpx.HTTPError as error:
            self._last_error = f"{type(error).__name__} at {url}"
            return None
        if answer.status_code not in TAKEN:
            self._last_error = f"{answer.status_code} from {url}"
        return answer

    async def _connect(self) -> None:
        """The handshake, until it is answered: the webhook may be there later than we are."""
        cloud = self._subscription.schema == "cloudevents"
        while not await (self._shake_cloud() if cloud else self._shake()):
            self._changed()
            await self._wait(self._subscription.connect_every_s)
        self._connected = True
        self._last_error = ""
        self._changed()

    async def _shake(self) -> bool:
        code = str(uuid4())
        event = Event(VALIDATION, "", {"validationCode": code}, self._clock.now()).as_event_grid()
        headers = {"Content-Type": "application/json; charset=utf-8"}
        answer = await self._ask("POST", "SubscriptionValidation", [event], headers)
        return answer is not None and answer.status_code == 200 and _echoes(answer, code)

    async def _shake_cloud(self) -> bool:
        headers = {"WebHook-Request-Origin": "eventgrid.azure.net", "WebHook-Request-Rate": "120"}
        answer = await self._ask("OPTIONS", "SubscriptionValidation", None, headers)
        allowed = answer.headers.get("WebHook-Allowed-Origin") if answer is not None else None
        return (
            answer is not None
            and answer.status_code == 200
            and allowed in {"*", "eventgrid.azure.net"}
        )


def _echoes(answer: httpx.Response, code: str) -> bool:
    try:
        found = answer.json()
    except ValueError:
        return False
    return isinstance(found, dict) and found.get("validationResponse") == code
