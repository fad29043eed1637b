"""The utility's written rules as figures.

Each policy is a Markdown file in the folder `policies` of the agent that goes by it: its front
matter holds the figures that the tools enforce, its text says them to people. A test holds the
two together.
"""

from __future__ import annotations

from decimal import Decimal

from pydantic import BaseModel, ConfigDict


class _Policy(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class PaymentPolicy(_Policy):
    least: Decimal  # dollars a payment
    most: Decimal  # dollars a payment without a person
    autopay_last_day: int  # of a month


class PaymentPlanPolicy(_Policy):
    least_balance: Decimal
    min_down_percent: int  # of the total
    longest_months: int
    least_installment: Decimal
    broken_bars_months: int  # no new plan so long after a broken one


class CreditPolicy(_Policy):
    late_fee: Decimal
    late_fee_grace_days: int
    waivers_a_year: int
    waiver_on_time_months: int  # all bills of so many months before were paid on time
    missed_appointment_amount: Decimal


class OutageCreditPolicy(_Policy):
    first_hours: int
    first_amount: Decimal
    further_hours: int  # for each so many hours beyond
    further_amount: Decimal
    most: Decimal
    claim_days: int


class BillReviewPolicy(_Policy):
    claim_months: int
    answer_business_days: int


class BudgetBillingPolicy(_Policy):
    history_months: int  # needed, and averaged over
    round_to: Decimal
    review_months: int


class MovePolicy(_Policy):
    start_lead_days: int  # business days
    stop_lead_days: int
    transfer_lead_days: int
    farthest_days: int
    arrears_limit: Decimal  # past due; above it there is no service at another address


class DepositPolicy(_Policy):
    months: int  # of the average bill
    good_months: int  # on time; then there is none
    least: Decimal
    typical: Decimal  # for a place without history
    refund_months: int


class AppointmentPolicy(_Policy):
    windows: tuple[str, ...]  # "8-10", hours of the day
    technicians: dict[str, int]  # type of work to technicians a window and town
    lead_days: int  # business days
    farthest_days: int
    change_hours: int  # until so long before, it can be moved or cancelled


class MeterPolicy(_Policy):
    free_tests_months: int  # one without charge in so many
    test_fee: Decimal
    accuracy_percent: Decimal
    plausible_factor: int  # a reading may be so many times the usual use ahead
    read_lead_days: int


class NeighbourPolicy(_Policy):
    least_group: int


class RatePolicy(_Policy):
    change_months: int  # between two changes of the rate plan
    demand_response_credit: Decimal  # a season


class PhotoPolicy(_Policy):
    answer_business_days: int


class Policies(_Policy):
    """By the files' names, dashes as underscores."""

    payments: PaymentPolicy
    payment_plans: PaymentPlanPolicy
    credits: CreditPolicy
    outage_credits: OutageCreditPolicy
    bill_reviews: BillReviewPolicy
    budget_billing: BudgetBillingPolicy
    moves: MovePolicy
    deposits: DepositPolicy
    appointments: AppointmentPolicy
    meters: MeterPolicy
    neighbours: NeighbourPolicy
    rates: RatePolicy
    photos: PhotoPolicy
