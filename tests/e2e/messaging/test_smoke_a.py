from __future__ import annotations

import pytest

from contracts.messages import Channel
from tests.emulated import open_emulated

pytestmark = pytest.mark.e2e


async def test_smoke(settings, clock) -> None:
    async with open_emulated(settings) as site:
        maria = await site.phone_of("Maria")
        for text in ("What do I owe?", "Is there an outage at my place?"):
            print("->", text)
            m = await maria.ask(text)
            print("<-", m.model_dump(exclude_defaults=True))
        sms = maria.on(Channel.SMS)
        m = await sms.ask("When is my bill due?")
        print("<-", m.model_dump(exclude_defaults=True))
        mail = maria.on(Channel.EMAIL)
        m = await mail.ask("Hello, what do I owe you?\n\nBest\n-- \nMaria\n\nOn Thu, Jan 15, 2026 at 6:00 PM Us wrote:\n> hi", subject="My bill")
        print("<-", m.model_dump(exclude_defaults=True))
