import json, os
import pytest
from contracts.messages import Channel
from contracts.tooling import *
from tests.utility import Utility
pytestmark = pytest.mark.integration
CALLS = [
 ("get_current_bill", {}), ("get_payment_status", {}), ("get_bill_history", {}), ("get_bill_history", {"months": 1}), ("get_bill_history", {"months": 5}),
 ("get_bill_breakdown", {}), ("get_bill_breakdown", {"bill_date": "October"}), ("get_bill_breakdown", {"bill_date": "March 2019"}),
 ("get_payment_history", {}), ("get_payment_history", {"months": 1}), ("get_payment_history", {"months": 6}),
 *[("explain_charges", {"charge_type": c}) for c in ("", "high bill", "high bill against last year", "delivery", "gas", "tax", "basic charge", "public purpose", "energy", "peak", "late fee", "unicorn", "my whole bill please explain it")],
 ("process_payment", {"amount": "20.00", "payment_method": "default"}), ("process_payment", {"amount": "balance", "payment_method": "default"}),
 ("process_payment", {"amount": "99999", "payment_method": "default"}), ("process_payment", {"amount": "0.50", "payment_method": "default"}), ("process_payment", {"amount": "20", "payment_method": "paypal"}),
 ("process_payment", {"amount": "20", "payment_method": "4111 1111 1111 1111"}), ("process_payment", {"amount": "balance", "payment_method": "default"}), ("get_current_bill", {}), ("get_payment_status", {}),
 ("setup_payment_plan", {"total_amount": "balance", "months": 3}), ("setup_payment_plan", {"total_amount": "balance"}), ("setup_payment_plan", {"total_amount": "5000", "months": 3}), ("setup_payment_plan", {"total_amount": "balance", "months": 40}), ("setup_payment_plan", {"total_amount": "balance", "months": 3, "down_payment": "1"}),
 ("check_eligible_credits", {}), *[("apply_credit", {"credit_type": c, "amount": a}) for c in ("late fee", "outage", "deposit", "missed appointment", "kindness") for a in (None, "50.00")],
 ("request_bill_review", {"reason": "wrong"}), ("request_bill_review", {"reason": "wrong"}), ("request_bill_review", {"reason": "wrong", "bill_date": "March 2019"}), ("request_bill_review", {"reason": "x", "bill_date": "last month"}), ("request_bill_review", {"reason": "x", "bill_date": "January 2025"}),
 ("check_assistance_programs", {}), ("enroll_budget_billing", {}), ("enroll_budget_billing", {}),
 ("setup_autopay", {"payment_method": "default"}), ("setup_autopay", {"payment_method": "default"}), ("setup_autopay", {"payment_method": "Visa"}), ("enroll_autopay", {"payment_method": "default", "payment_day": 5}), ("enroll_autopay", {"payment_method": "default", "payment_day": 30}),
 ("update_billing_address", {"new_address": "PO Box 9, Key West, FL 33040"}), ("update_billing_address", {"new_address": "12 Oak Street"}), ("update_billing_address", {"new_address": "PO Box 9, Key West, FL 33040"}),
 ("get_current_bill", {}), ("get_payment_status", {}),
]
def show(r):
    if isinstance(r, Confirmation): return r.read_back
    return [type(r).__name__, getattr(r,"reason",""), getattr(r,"say",""), getattr(r,"next",""), [p.model_dump(exclude={"data"}, mode="json") for p in getattr(r,"show",())]]
NAMES = None
async def test_dump(utility: Utility) -> None:
    from contracts.language import speaking
    with speaking("es"):
        await body(utility)

async def body(utility):
    out = {}
    for demo in (await utility.records.customers.demo())[:8]:
        for ch in (Channel.WHATSAPP, Channel.VOICE):
            for n, (tool, raw) in enumerate(CALLS):
                call = await utility.call(demo.first_name, channel=ch, agent="billing", key=f"{demo.first_name}-{ch}-{n}")
                raw = {k: v for k, v in raw.items() if v is not None}
                spec = utility.toolbox.by_name[tool]
                parsed = utility.toolbox.parse(spec, raw)
                rb = None
                if spec.read_back and not isinstance(parsed, AskAgain):
                    rb = show(await utility.toolbox.read_back(spec, call, parsed))
                out[f"{demo.first_name}/{ch}/{n}/{tool}/{raw}"] = [rb, show(await utility.run(tool, call, **raw))]
    json.dump(out, open(os.environ["DUMP"], "w"), indent=1, ensure_ascii=False)
