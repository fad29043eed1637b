"""What tells customers unasked, on the seeded utility."""

from __future__ import annotations

from contracts.messages import Inbound
from contracts.ports import KeyValue
from gateway.proactive.outages import OutageUpdates
from gateway.proactive.reaching import Heard, Reaching
from gateway.proactive.reminders import Reminders
from stores.mongo.notifier import OutboxNotifier
from tests.utility import Utility


class Thread:
    """Hears what a customer's thread is let know."""

    def __init__(self) -> None:
        self.heard: list[Inbound] = []

    async def hear(self, inbound: Inbound) -> None:
        if inbound.key not in {known.key for known in self.heard}:
            self.heard.append(inbound)


def reaching_of(utility: Utility, heard: Heard | None = None, *, calls: bool = False) -> Reaching:
    """calls: we can call customers."""
    notifier = OutboxNotifier(utility.records.outbox, utility.clock)
    scenario, clock = utility.services.scenario, utility.clock
    return Reaching(utility.records, notifier, scenario, clock, heard, calls=calls)


def updates_of(
    utility: Utility, heard: Heard | None = None, *, calls: bool = False
) -> OutageUpdates:
    services = utility.services
    reaching = reaching_of(utility, heard, calls=calls)
    return OutageUpdates(utility.records, services.outage_links, services.scenario.brand, reaching)


def reminders_of(
    utility: Utility, keyvalue: KeyValue, heard: Heard | None = None, *, calls: bool = False
) -> Reminders:
    brand, reaching = utility.services.scenario.brand, reaching_of(utility, heard, calls=calls)
    return Reminders(utility.records, keyvalue, reaching, brand)
