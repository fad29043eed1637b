"""A small catalogue and conversation builders for tests of the embedded model."""

from __future__ import annotations

import json
from typing import Any

from langchain_core.messages import (
    AIMessage,
    BaseMessage,
    HumanMessage,
    SystemMessage,
    ToolMessage,
)

from contracts.briefing import Brief, fence, system_text
from models.local.catalogue import Catalogue

TOOLS = {
    "get_current_bill": [
        "how much do I owe",
        "what's my bill this month",
        "what is my balance",
        "when is my bill due",
        "tell me my current bill",
        "what do I have to pay",
    ],
    "process_payment": [
        "pay my bill",
        "pay it",
        "pay half of what I owe",
        "I want to make a payment",
        "pay the full amount now",
        "pay fifty dollars from my checking account",
        "charge my card for the balance",
    ],
    "get_payment_status": [
        "did my payment go through",
        "have you received my payment",
        "is my payment posted yet",
        "I paid last week, did you get it",
    ],
    "setup_payment_plan": [
        "can I pay in installments",
        "set up a payment plan",
        "spread my bill over six months",
        "I want to split what I owe into monthly payments",
    ],
    "check_outage_status": [
        "is there an outage at my address",
        "are there any outages near me",
        "what is going on with the power in my area",
        "do you know why we have no electricity",
    ],
    "report_outage": [
        "I want to report an outage",
        "my power is out",
        "the lights just went off",
        "we lost electricity",
        "our house has no power",
        "everything went dark",
    ],
    "get_restoration_eta": [
        "when will the power be back",
        "how long will the outage take",
        "what's the estimated restoration time",
        "how much longer without electricity",
    ],
    "report_gas_leak": [
        "I smell gas",
        "it smells like rotten eggs in my kitchen",
        "there's a gas leak",
        "I can hear gas hissing from the pipe",
    ],
    "report_downed_wire": [
        "a power line is down in the street",
        "there is a wire sparking on the ground",
        "a tree pulled down the cable",
        "a live wire fell on my car",
    ],
    "verify_customer_identity": [
        "my account number is 40017723 and my zip is 97201",
        "I want to verify who I am",
        "the last four of my social are 1234",
    ],
    "schedule_callback": [
        "can someone call me back",
        "call me later at this number",
        "I'd like a callback tomorrow",
    ],
    "execute_channel_handoff": [
        "let's continue on whatsapp",
        "can we do this by text instead",
        "send this to my phone as a message",
        "move this chat to the website",
    ],
    "check_queue_status": ["how long is the wait", "how many people are ahead of me"],
    "escalate_human": ["I want to file a complaint with a manager", "give me a human being"],
    "get_usage_history": ["how much electricity did I use last year", "show my usage by month"],
    "start_new_service": [
        "I want to start service at my new apartment",
        "turn on power at a new place",
    ],
    "schedule_appointment": ["send a technician", "book an appointment for next Tuesday"],
}
AGENTS = {
    "concierge": ["I want to talk about something else", "I'd like to verify my identity"],
    "billing": [
        "I have a question about my bill",
        "my bill is too high",
        "something about a payment",
        "I was charged a late fee",
        "I can't afford my bill this month",
    ],
    "outage": [
        "my power is out",
        "half the house has no power",
        "the lights keep flickering",
        "the whole street is dark",
        "the storm knocked the power out",
    ],
    "service": ["I'm moving to a new house", "stop my service at the end of the month"],
    "usage": ["why did my usage go up", "how can I save energy", "what is my rate plan"],
}
HANDOFFS = {
    "handoff_concierge": "concierge",
    "handoff_billing_agent": "billing",
    "handoff_outage_agent": "outage",
    "handoff_service_agent": "service",
    "handoff_usage_agent": "usage",
}
_SHARED = ("escalate_human", "check_queue_status", "execute_channel_handoff")
HOLDERS = {
    **{name: tuple(AGENTS) for name in _SHARED},
    "get_current_bill": ("concierge", "billing"),
    "process_payment": ("billing",),
    "get_payment_status": ("concierge", "billing"),
    "setup_payment_plan": ("billing",),
    "check_outage_status": ("concierge", "outage"),
    "report_outage": ("outage",),
    "get_restoration_eta": ("outage",),
    "report_gas_leak": ("outage",),
    "report_downed_wire": ("outage",),
    "verify_customer_identity": ("concierge",),
    "schedule_callback": ("concierge",),
    "get_usage_history": ("usage",),
    "start_new_service": ("service",),
    "schedule_appointment": ("service",),
    "handoff_concierge": ("billing", "outage", "service", "usage"),
    "handoff_billing_agent": ("concierge", "outage", "service", "usage"),
    "handoff_outage_agent": ("concierge",),
    "handoff_service_agent": ("concierge",),
    "handoff_usage_agent": ("concierge",),
}
CATALOGUE = Catalogue(TOOLS, AGENTS, HANDOFFS, HOLDERS, hub="concierge")

_TEXT = {"type": "string"}
_ARGS: dict[str, tuple[dict[str, Any], list[str]]] = {
    "process_payment": (
        {
            "amount": _TEXT | {"description": 'Dollars, or "balance" for everything owed.'},
            "payment_method": _TEXT,
        },
        ["amount", "payment_method"],
    ),
    "setup_payment_plan": (
        {"total_amount": _TEXT, "months": {"type": "integer"}},
        ["total_amount", "months"],
    ),
    "check_outage_status": ({"service_address": _TEXT}, []),
    "get_restoration_eta": ({"service_address": _TEXT, "outage_id": _TEXT}, []),
    "report_outage": (
        {
            "outage_type": {"type": "string", "enum": ["full", "partial", "flickering"]},
            "service_address": _TEXT,
            "description": _TEXT,
        },
        ["outage_type"],
    ),
    "report_gas_leak": ({"location": _TEXT, "smell_description": _TEXT}, ["location"]),
    "report_downed_wire": ({"location": _TEXT, "is_arcing": {"type": "boolean"}}, ["location"]),
    "verify_customer_identity": (
        {
            "account_number": _TEXT,
            "verification_method": {
                "type": "string",
                "enum": ["zip", "date_of_birth", "ssn_last4", "code"],
            },
            "verification_value": _TEXT,
        },
        ["account_number"],
    ),
    "schedule_callback": ({"preferred_time": _TEXT, "phone_number": _TEXT}, []),
    "execute_channel_handoff": (
        {
            "target_channel": {"type": "string", "enum": ["whatsapp", "sms", "web"]},
            "handoff_message": _TEXT,
            "customer_phone": _TEXT,
        },
        ["target_channel", "handoff_message"],
    ),
    "escalate_human": ({"reason": _TEXT}, []),
    "handoff_billing_agent": ({"reason": _TEXT, "current_balance": _TEXT}, []),
    "handoff_outage_agent": (
        {"service_address": _TEXT, "outage_type": _TEXT, "is_emergency": {"type": "boolean"}},
        [],
    ),
    "handoff_concierge": ({"previous_topic": _TEXT, "resolution_summary": _TEXT}, []),
}


def tools_of(agent: str) -> list[dict[str, Any]]:
    """The OpenAI schemas of the tools an agent holds."""
    return [_schema(name) for name, agents in HOLDERS.items() if agent in agents]


def _schema(name: str) -> dict[str, Any]:
    properties, required = _ARGS.get(name, ({}, []))
    parameters = {"type": "object", "properties": properties, "required": required}
    function = {"name": name, "description": name, "parameters": parameters}
    return {"type": "function", "function": function}


MARIA = {
    "customer_id": "c-1",
    "first_name": "Maria",
    "name": "Maria Alvarez",
    "account_number": "40017723",
    "service_address": "114 Alder Street, Portland, OR 97201",
}


def system(agent: str, **brief: Any) -> SystemMessage:
    held: Brief = {
        "agent": agent,
        "channel": "voice",
        "now": "2026-11-20T09:00:00-08:00",
        "identity": "recognised",
        "customer": MARIA,
        "collected": {},
    }
    return SystemMessage(system_text("You are an agent.", held | brief))  # type: ignore[arg-type]


def human(text: str) -> HumanMessage:
    return HumanMessage(fence(text, source="customer"))


def answered(tool: str, *, args: dict[str, Any] | None = None, **content: Any) -> list[BaseMessage]:
    """A tool call and its answer, as the tools node writes them."""
    call = {"name": tool, "args": args or {}, "id": f"call-{tool}", "type": "tool_call"}
    held = {"status": "done", "tool": tool, "say": "", "data": {}} | content
    text = fence(json.dumps(held), source="tool_result")
    return [AIMessage("", tool_calls=[call]), ToolMessage(text, tool_call_id=f"call-{tool}")]


def called(answer: AIMessage) -> tuple[str, dict[str, Any]]:
    assert len(answer.tool_calls) == 1, answer.text
    return answer.tool_calls[0]["name"], answer.tool_calls[0]["args"]
