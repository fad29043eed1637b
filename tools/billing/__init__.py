"""Billing's tools: bills and charges, paying, plans, credits, reviews, and how one is billed."""

from tools.billing import (
    account,
    bills,
    charges,
    crediting,
    payments,
    plans,
    programs,
    reviews,
)

MODULES = (bills, charges, payments, plans, crediting, reviews, programs, account)
