"""The model of these tests: it pays when asked to, and says back what it was told."""

from __future__ import annotations

import json
import re

from langchain_core.messages import AIMessage, BaseMessage, HumanMessage, ToolMessage

from contracts.briefing import brief_of, unfence
from evals.scripted import Reply, ScriptedChatModel, calls

PAY = re.compile(r"pay \$(\d+\.\d\d)")


class Scripted:
    """`ChatModels` with one script for all agents."""

    def __init__(self) -> None:
        self.model = ScriptedChatModel(script=reply, record=False)

    def chat(self, tier: str, model: str = "") -> ScriptedChatModel:
        return self.model


def reply(messages: list[BaseMessage]) -> Reply:
    said, results = since_customer(messages)
    ran = {str(result["tool"]): result for result in results}
    if (paid := ran.get("process_payment")) is not None:
        return str(paid.get("say") or "That did not work.")
    wanted = PAY.search(said)
    if wanted is None:
        return f"You said: {said}"
    if brief_of(str(messages[0].content)).get("agent") != "billing":
        return calls("handoff_billing_agent")
    return calls("process_payment", amount=wanted.group(1), payment_method="default")


def since_customer(messages: list[BaseMessage]) -> tuple[str, list[dict[str, object]]]:
    """What the customer said last, and what tools answered since."""
    results: list[dict[str, object]] = []
    for message in reversed(messages):
        if isinstance(message, HumanMessage):
            return unfence(str(message.content)), results
        if isinstance(message, ToolMessage):
            results.append(json.loads(unfence(str(message.content))))
        assert isinstance(message, AIMessage | ToolMessage)
    return "", results
