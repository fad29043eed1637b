"""Whatever a conversation goes through, every input of a model is one an API accepts."""

from __future__ import annotations

import random
from typing import Any

import pytest
from langchain_core.messages import AIMessage, BaseMessage
from langchain_core.messages.tool import tool_call

from contracts.briefing import brief_of, unfence
from contracts.identity import Rung
from contracts.messages import Channel
from evals.scripted import OneModel, ScriptedChatModel
from nodes.state import MAX_MESSAGES
from tests.conftest import OpenTalk
from tests.sequences import violations
from tests.talk import Talk

pytestmark = pytest.mark.e2e

MARIA = "+15550101"
CALLS: tuple[tuple[str, dict[str, Any]], ...] = (
    ("get_current_bill", {}),
    ("check_outage_status", {}),
    ("get_account_info", {}),
    ("process_payment", {"amount": "10.00", "payment_method": "default"}),
    ("process_payment", {"amount": "5.00", "payment_method": "checking"}),
    ("handoff_billing_agent", {"reason": "a payment"}),
    ("handoff_billing_agent", {}),
    ("handoff_outage_agent", {"reason": "power is out"}),
    ("handoff_usage_agent", {}),
    ("handoff_concierge_agent", {}),
    ("no_such_tool", {"x": 1}),
    ("report_gas_leak", {"location": "kitchen"}),
)
SAID = (
    "hello", "what do I owe?", "pay ten dollars", "yes", "no", "yes, but five", "my power is out",
    "I smell gas", "the wire is down", "send me a code", "any news?", "thanks", "",
)  # fmt: skip


class Wild:
    """A model that talks, or calls one to three tools at once, by the dice."""

    def __init__(self, seed: int) -> None:
        self._dice = random.Random(seed)

    def __call__(self, messages: list[BaseMessage]) -> AIMessage:
        if self._dice.random() < 0.45 or str(messages[0].content).startswith("Task: summarise"):
            return AIMessage(f"Words {self._dice.randrange(1000)}.")
        chosen = self._dice.sample(CALLS, self._dice.choice([1, 1, 2, 3]))
        # Some servers count their calls from zero in every answer.
        made = [tool_call(name=n, args=a, id=f"call_{i}") for i, (n, a) in enumerate(chosen)]
        return AIMessage(self._dice.choice(["", "One moment."]), tool_calls=made)


@pytest.mark.parametrize("seed", [1, 2, 3])
async def test_every_input_of_a_long_wild_conversation_is_valid(
    open_talk: OpenTalk, seed: int
) -> None:
    model = ScriptedChatModel(script=Wild(seed))
    async with open_talk(models=OneModel(model)) as talk:
        dice = random.Random(seed + 100)
        await _wander(talk, dice)
        assert len(model.seen) > 100
        for at, sent in enumerate(model.seen):
            assert violations(sent) == [], f"input {at}"
            assert len(sent) < 2 * MAX_MESSAGES
        told = [m for sent in model.seen for m in sent if isinstance(m, AIMessage)]
        assert any(len(message.tool_calls) == 3 for message in told)
        assert any("summary" in brief_of(str(sent[0].content)) for sent in model.seen)
        assert any("pending" in brief_of(str(sent[0].content)) for sent in model.seen)
        _discrete(model.seen)


async def _wander(talk: Talk, dice: random.Random) -> None:
    """A hundred and twenty turns over two channels, the customer's rung going up and down."""
    maria = await talk.customer(MARIA)
    words = [*SAID, f"{maria.account_number}, zip {await talk.zip_of(maria)}"]
    for turn in range(120):
        channel = dice.choice([Channel.WHATSAPP, Channel.WHATSAPP, Channel.VOICE])
        if turn % 12 == 4:
            await talk.app.directory.raise_to(channel, MARIA, maria.customer_id, Rung.VERIFIED)
        if turn % 12 == 10:
            await talk.app.directory.release(channel, MARIA)
        reply = await talk.say(channel.value, MARIA, dice.choice(words))
        assert reply.reply.strip()
        assert reply.number == turn + 1


def _discrete(seen: list[list[BaseMessage]]) -> None:
    """The outage agent begins with its hand-off's note, or with words said since."""
    inputs = [sent for sent in seen if brief_of(str(sent[0].content)).get("agent") == "outage"]
    assert any(unfence(str(sent[1].content)).startswith("Hand-off from") for sent in inputs)
    assert all("summary" not in brief_of(str(sent[0].content)) for sent in inputs)
