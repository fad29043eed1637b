"""The tools as a whole: names, arguments, grants, rungs, phrases and the written page."""

from __future__ import annotations

from collections import Counter
from pathlib import Path
from types import ModuleType, SimpleNamespace
from typing import cast

import pytest

from contracts.errors import ConfigurationError
from contracts.identity import Rung
from contracts.tooling import Effect
from tools import AGENTS, load_tools, read_phrases, tools_of
from tools.complaints import QUESTIONS
from tools.docs import TARGET, markdown

pytestmark = pytest.mark.unit

TOOLBOX = load_tools()
# What the graph itself calls is held by no agent, and no model learns of it.
BY_GRAPH = {name for name, spec in TOOLBOX.by_name.items() if spec.by_graph}
OFFERED = {name: spec for name, spec in TOOLBOX.by_name.items() if not spec.by_graph}

# As the scenario lists them: `*` is required.
ARGUMENTS = {
    "get_account_info": "account_number",
    "escalate_human": "reason priority",
    "check_queue_status": "",
    "offer_channel_switch": "reason* preferred_channel* conversation_summary* collected_info",
    "execute_channel_handoff": "target_channel* handoff_message* customer_phone end_call_message",
    "handoff_concierge": "previous_topic resolution_summary",
    "verify_customer_identity": "account_number* verification_method verification_value",
    "get_service_address": "account_number",
    "get_current_bill": "account_number",
    "get_payment_status": "account_number",
    "check_outage_status": "service_address account_number",
    "handoff_billing_agent": "reason current_balance",
    "handoff_outage_agent": "service_address outage_type is_emergency",
    "handoff_service_agent": "service_type move_date new_address",
    "handoff_usage_agent": "concern",
    "schedule_callback": "preferred_time phone_number",
    "get_bill_history": "account_number months",
    "get_bill_breakdown": "account_number bill_date",
    "explain_charges": "charge_type",
    "get_payment_history": "account_number months",
    "process_payment": "amount* payment_method* account_number",
    "setup_autopay": "payment_method*",
    "setup_payment_plan": "total_amount* months* down_payment account_number",
    "apply_credit": "credit_type* amount reason",
    "request_bill_review": "reason* bill_date",
    "check_eligible_credits": "account_number",
    "update_billing_address": "new_address*",
    "check_assistance_programs": "account_number",
    "enroll_budget_billing": "account_number",
    "report_outage": "outage_type* service_address account_number description",
    "get_restoration_eta": "service_address outage_id",
    "get_outage_map": "",
    "subscribe_outage_updates": "notification_method",
    "report_downed_wire": "location* is_arcing",
    "report_gas_leak": "location* smell_description",
    "get_emergency_contacts": "",
    "check_outage_credits": "account_number",
    "request_outage_credit": "outage_date hours_without_power",
    "start_new_service": "service_address* start_date* service_types",
    "transfer_service": "from_address* to_address* transfer_date*",
    "stop_service": "stop_date* service_address forwarding_address",
    "schedule_meter_read": "preferred_date",
    "check_available_dates": "service_type",
    "schedule_appointment": "date* time_slot* service_type",
    "reschedule_appointment": "confirmation_number* new_date* new_time_slot",
    "cancel_appointment": "confirmation_number*",
    "verify_service_address": "address*",
    "check_service_availability": "address*",
    "get_deposit_requirement": "account_number",
    "update_contact_info": "phone email",
    "add_authorized_user": "name* relationship",
    "enroll_paperless": "email",
    "enroll_autopay": "payment_method* payment_day",
    "get_usage_history": "account_number months",
    "get_usage_comparison": "comparison_period",
    "get_usage_breakdown": "account_number",
    "compare_to_neighbors": "account_number",
    "get_meter_info": "account_number",
    "submit_meter_read": "reading*",
    "request_meter_test": "reason",
    "explain_meter_reading": "meter_type",
    "get_efficiency_tips": "account_number focus_area",
    "calculate_appliance_cost": "appliance* hours_per_day",
    "get_rebate_programs": "",
    "schedule_energy_audit": "preferred_date",
    "enroll_time_of_use": "account_number",
    "enroll_demand_response": "account_number",
    "check_solar_eligibility": "service_address",
    "get_rate_schedule": "account_number",
}
GRANTS = {"concierge": 15, "billing": 20, "outage": 18, "service": 22, "usage": 23}
SHARED = {
    "get_account_info",
    "escalate_human",
    "check_queue_status",
    "offer_channel_switch",
    "execute_channel_handoff",
}
RUNGS = {
    # Who gets hold of these can take over the account.
    Rung.STEPPED_UP: {"update_contact_info", "add_authorized_user"},
    Rung.RECOGNISED: {
        "get_service_address",
        "check_outage_status",
        "get_restoration_eta",
        "report_outage",
        "subscribe_outage_updates",
        "check_available_dates",
    },
    Rung.ANONYMOUS: {
        "escalate_human",
        "check_queue_status",
        "offer_channel_switch",
        "execute_channel_handoff",
        "handoff_concierge",
        "verify_customer_identity",
        "schedule_callback",
        "handoff_billing_agent",
        "handoff_outage_agent",
        "handoff_service_agent",
        "handoff_usage_agent",
        "get_emergency_contacts",
        "get_outage_map",
        "report_gas_leak",
        "report_downed_wire",
        "verify_service_address",
        "check_service_availability",
        "explain_meter_reading",
        "get_rebate_programs",
        "calculate_appliance_cost",
        "get_rate_schedule",
    },
}
# What is done without a yes: nothing of it costs, ends or changes anything for the customer.
WITHOUT_A_YES = {
    "escalate_human",
    "offer_channel_switch",
    "execute_channel_handoff",
    "schedule_callback",
    "apply_credit",
    "request_bill_review",
    "report_outage",
    "subscribe_outage_updates",
    "submit_meter_read",
}


def test_the_tools_are_those_of_the_scenario() -> None:
    assert set(OFFERED) == set(ARGUMENTS)


@pytest.mark.parametrize(("name", "arguments"), ARGUMENTS.items())
def test_arguments_are_those_of_the_scenario(name: str, arguments: str) -> None:
    parameters = TOOLBOX.schema(TOOLBOX.by_name[name])["function"]["parameters"]
    assert set(parameters["properties"]) == {a.rstrip("*") for a in arguments.split()}
    assert set(parameters["required"]) == {a[:-1] for a in arguments.split() if a.endswith("*")}


def test_sixty_nine_tools_are_granted_ninety_eight_times() -> None:
    held = {agent: len(TOOLBOX.granted_to(agent)) for agent in AGENTS}
    assert held == GRANTS
    assert sum(held.values()) == 98
    assert len(OFFERED) == 69


def test_what_the_graph_calls_itself_is_offered_to_nobody() -> None:
    assert {
        "keep_photo",
        "outage_at_pin",
        "rate_answer",
        "start_messages",
        "stop_messages",
    } == BY_GRAPH
    granted = {spec.name for agent in AGENTS for spec in TOOLBOX.granted_to(agent)}
    assert granted == set(OFFERED)
    assert not any(TOOLBOX.by_name[name].phrases for name in BY_GRAPH)


def test_the_concierge_is_not_led_to_itself() -> None:
    concierge = {spec.name for spec in TOOLBOX.granted_to("concierge")}
    assert concierge >= SHARED
    assert "handoff_concierge" not in concierge


@pytest.mark.parametrize("agent", ["billing", "outage", "service", "usage"])
def test_every_other_agent_holds_the_shared_six(agent: str) -> None:
    held = {spec.name for spec in TOOLBOX.granted_to(agent)}
    assert held >= SHARED | {"handoff_concierge"}
    assert ("handoff_billing_agent" in held) is (agent != "billing")


def test_every_tool_stands_on_its_rung() -> None:
    """What shows or changes something of a customer's own needs them verified."""
    for rung, names in RUNGS.items():
        assert {n for n, s in OFFERED.items() if s.rung is rung} == names
    others = set(OFFERED).difference(*RUNGS.values())
    assert all(TOOLBOX.by_name[name].rung is Rung.VERIFIED for name in others)


def test_what_costs_or_binds_needs_a_yes_and_emergencies_wait_for_nothing() -> None:
    writing = {n for n, s in OFFERED.items() if s.effect is Effect.WRITE}
    assert {n for n, s in OFFERED.items() if s.read_back} == writing - WITHOUT_A_YES
    emergencies = {n for n, s in OFFERED.items() if s.effect is Effect.EMERGENCY}
    assert emergencies == {"report_gas_leak", "report_downed_wire"}


def test_secrets_are_named() -> None:
    secrets = {n: set(s.secret_args) for n, s in TOOLBOX.by_name.items() if s.secret_args}
    assert secrets["verify_customer_identity"] == {"account_number", "verification_value"}


def test_an_agent_added_to_the_scenario_gets_the_shared_tools() -> None:
    solar = load_tools([*AGENTS, "solar"]).granted_to("solar")
    assert {spec.name for spec in solar} == SHARED | {"handoff_concierge"}


def test_a_missing_agent_fails_at_build() -> None:
    with pytest.raises(ConfigurationError, match="unknown agent"):
        load_tools(["concierge", "billing"])


def test_what_is_missing_is_asked_in_the_customers_words() -> None:
    for spec in TOOLBOX.by_name.values():
        needed = {name for name, field in spec.args.model_fields.items() if field.is_required()}
        assert needed <= set(QUESTIONS), spec.name
    assert all(question.endswith((".", "?")) for question in QUESTIONS.values())


def test_every_tool_has_phrases_to_learn_from() -> None:
    for spec in OFFERED.values():
        fewest = 3 if spec.effect is Effect.HANDOFF else 15
        assert fewest <= len(spec.phrases) <= 50, spec.name


def test_no_phrase_is_taught_for_two_tools() -> None:
    counts = Counter(
        phrase.lower()
        for spec in TOOLBOX.by_name.values()
        if spec.effect is not Effect.HANDOFF
        for phrase in spec.phrases
    )
    assert [phrase for phrase, count in counts.items() if count > 1] == []


def test_phrases_for_an_unknown_tool_fail(tmp_path: Path) -> None:
    (tmp_path / "odd.phrases.yaml").write_text("no_such_tool: [hello]\n", encoding="utf-8")
    odd = SimpleNamespace(__name__="odd", __file__=str(tmp_path / "odd.py"), TOOLS=())
    with pytest.raises(ConfigurationError, match="unknown tools"):
        tools_of(cast(ModuleType, odd))


@pytest.mark.parametrize("text", ["", "- a list", "get_current_bill: one phrase", "a: [1, 2]"])
def test_a_phrases_file_of_another_shape_fails(tmp_path: Path, text: str) -> None:
    path = tmp_path / "bad.phrases.yaml"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(ConfigurationError, match=r"bad\.phrases\.yaml"):
        read_phrases(path)


def test_the_written_page_is_current() -> None:
    written = TARGET.read_text(encoding="utf-8")
    assert written == markdown(TOOLBOX), "run: python -m tools.docs"
