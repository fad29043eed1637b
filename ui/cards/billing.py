"""The cards of bills, plans, credits and programs: from a tool's data to what is drawn."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

from contracts.language import marked, plural, t
from contracts.messages import Card
from tools import speech
from tools.speech import money
from ui.cards.sheet import (
    Props,
    Tone,
    action,
    action_for,
    amount_of,
    bars,
    chip,
    date_of,
    folded,
    link,
    row,
    rows_of,
    sheet,
    signed,
    told,
)

_REBATES_FIRST = 5
_BILLS_FIRST = 6  # that are shown before the rest is asked for
_SOON = 5  # days: a bill that is due by then stands out
_GROUPS = {
    "electric": marked("Electricity"),
    "gas": marked("Gas"),
    "taxes": marked("Taxes and public charges"),
    "other": marked("Fees and credits"),
}
_LATE_FEE, _OUTAGE = marked("Credit my late fee"), marked("Credit me for the outage")
_CREDITS = {  # the words that ask for a credit of a kind
    "late fee waiver": _LATE_FEE,
    "deposit": marked("Give me my deposit back"),
    "outage": _OUTAGE,
}
_BUDGET = "budget-billing"
_PARTS = ("name", "gives", "who", "apply")  # of a program, each a text of the catalogue


# --- bills ------------------------------------------------------------------------------------


def bill(card: Card) -> Props:
    """The latest bill with what is owed, or one bill line by line."""
    data = card.data
    total = amount_of(data, "total")
    current = "balance" in data
    owed = max(amount_of(data, "balance"), Decimal(0)) if current else total
    return sheet(
        card,
        chip=_due_chip(card, owed) if current else None,
        figure=money(owed),
        under=_under(data, owed) if current else _period(data),
        groups=_charges(data, opened=not current),
        rows=_bill_rows(card) if current else [row(t("Total"), money(total), total=True)],
        bars=_compared(data),
        barsTitle=t("Compared with before"),
        actions=_bill_actions(data, owed) if current else _lines_actions(),
        links=[link(t("Bill as PDF"), f"/my/bills/{data['period_end']}.pdf")],
    )


def bills(card: Card) -> Props:
    """All bills, each with whether it is paid, and a button for its lines."""
    data = card.data
    items = [_bill_item(data, b) for b in data["bills"]]
    return sheet(card, under=_average(data), items=items, fold=folded(items, _BILLS_FIRST))


def bill_change(card: Card) -> Props:
    """Why a bill differs from another: both, and what each cause added or took off."""
    data = card.data
    before, after = (data[side] for side in ("before", "after"))
    change = amount_of(data, "change")
    causes = [
        (data["labels"].get(part["cause"], ""), amount_of(part, "amount")) for part in data["parts"]
    ]
    tone: Tone = "warn" if change > 0 else "good" if change else ""
    return sheet(
        card,
        chip=chip(signed(change), tone),
        bars=bars(
            [
                (_month(after), amount_of(after, "total")),
                (_month(before), amount_of(before, "total")),
            ]
        ),
        causes=_causes(causes),
        causesTitle=t("What made the difference"),
        actions=[
            action(t("How can I save?"), t("How can I save energy?")),
            action(t("Past bills"), t("Show me my past bills")),
        ],
    )


def charges(card: Card) -> Props:
    """Charges that were explained."""
    lines = card.rows
    return sheet(
        card,
        rows=[row(label, value, total=label == t("Together")) for label, value in lines],
        actions=[action(t("All charges"), t("Show the lines of my bill"))],
    )


def fees(card: Card) -> Props:
    return sheet(card, rows=rows_of(card), actions=[action(t("Ask for a credit"), t(_LATE_FEE))])


def _month(data: Props) -> str:
    return speech.month_and_year(date.fromisoformat(data["period_end"]))


def _period(data: Props) -> str:
    first, last = (date.fromisoformat(data[f"period_{end}"]) for end in ("start", "end"))
    return t("{first_day} to {last_day}", first_day=told(first, data), last_day=told(last, data))


def _due_chip(card: Card, owed: Decimal) -> Props:
    data = card.data
    if owed <= 0:
        return chip(t("Paid"), "good")
    if amount_of(data, "past_due") > 0:
        return chip(t("Past due"), "bad")
    due, now = date_of(data, "due"), date_of(data, "as_of")
    if due is None or now is None or data.get("put_off"):
        return chip(t("Open"), "warn")
    left = (due - now).days
    if left < 0:
        return chip(t("Past due"), "bad")
    if left == 0:
        return chip(t("Due today"), "warn")
    text = plural("Due in one day", "Due in {count} days", left)
    return chip(text, "warn" if left <= _SOON else "")


def _under(data: Props, owed: Decimal) -> str:
    due = date_of(data, "due")
    if owed <= 0:
        return t("Nothing to pay right now.")
    if due is None or data.get("put_off"):
        return t("What you owe in all")
    return t("Amount due, by {day}", day=told(due, data))


def _bill_rows(card: Card) -> list[Props]:
    """What the tool put in rows, but what stands large above already."""
    above = (t("Amount due"), t("Due"))
    return [row(label, value) for label, value in card.rows if label not in above]


def _charges(data: Props, *, opened: bool) -> list[Props]:
    """The lines by their groups, each with its sum."""
    found: dict[str, list[Props]] = {}
    for line in data.get("charges", ()):
        found.setdefault(line["group"], []).append(line)
    return [
        {
            "label": t(name),
            "value": money(sum((amount_of(line, "amount") for line in found[group]), Decimal(0))),
            "open": opened,
            "rows": [row(line["label"], money(amount_of(line, "amount"))) for line in found[group]],
        }
        for group, name in _GROUPS.items()
        if group in found
    ]


def _compared(data: Props) -> list[Props]:
    earlier = [data[name] for name in ("earlier", "year_ago") if data.get(name)]
    every = {b["period_end"]: b for b in (data, *earlier)}  # they may be the same
    return bars([(_month(b), amount_of(b, "total")) for b in every.values()]) if earlier else []


def _bill_actions(data: Props, owed: Decimal) -> list[Props]:
    pay = [action(t("Pay my bill"), t("Pay my bill"), primary=True)] if owed > 0 else []
    later = []
    if amount_of(data, "past_due") > 0:
        later = [action(t("Pay over time"), t("Set up a payment plan"))]
    return [*pay, *later, *_lines_actions()]


def _lines_actions() -> list[Props]:
    return [
        action(t("Why is it so high?"), t("Why is my bill so high?")),
        action(t("Past bills"), t("Show me my past bills")),
    ]


def _average(data: Props) -> str:
    return t("{amount} on average", amount=money(amount_of(data, "average")))


def _bill_item(data: Props, one: Props) -> Props:
    left = amount_of(data.get("open", {}), one["bill_id"])
    due = date.fromisoformat(one["due"])
    late = left > 0 and due < (date_of(data, "as_of") or due)
    if left <= 0:
        stands = chip(t("Paid"), "good")
    elif late:
        stands = chip(t("Past due"), "bad")
    else:
        stands = chip(t("Open"), "warn")
    month = _month(one)
    words = t("Show the lines of my {month} bill", month=month)
    opened = action_for(month, t("Show lines"), words)
    return {
        "title": month,
        "value": money(amount_of(one, "total")),
        "chip": stands,
        "actions": [opened],
    }


def _causes(causes: list[tuple[str, Decimal]]) -> list[Props]:
    most = max((abs(amount) for _, amount in causes), default=Decimal(0)) or Decimal(1)
    return [
        {
            "label": label,
            "value": signed(amount),
            "share": round(abs(amount) / most * 50),
            "more": amount > 0,
        }
        for label, amount in causes
        if amount
    ]


# --- plans ------------------------------------------------------------------------------------


def plan(card: Card) -> Props:
    """A plan that was agreed: what was paid, and what is due when."""
    data = card.data
    following = data["installments"][0]
    return sheet(
        card,
        chip=chip(t("Set up"), "good"),
        figure=money(amount_of(following, "amount")),
        under=t("due on {day}", day=told(date.fromisoformat(following["due"]), data)),
        rows=[row(label, value, total=label == t("In all")) for label, value in card.rows],
    )


def plan_offer(card: Card) -> Props:
    """The plan simulator: what can be picked, and the plan shown first."""
    data = card.data
    return {
        "kind": card.card,
        "title": card.title,
        "language": card.language,
        "preview": preview(data),
        "down": {
            "label": t("Pay now"),
            "least": data["least_down"],
            "most": data["most_down"],
        },
        "months": {"label": t("Number of payments")},
        "says": {
            "schedule": t("Your payments"),
            "setUp": t("Set up this plan"),
            "failed": t("This plan could not be worked out just now. Please try again."),
        },
    }


def preview(data: Props) -> Props:
    """A plan in words and figures: of the card at first, then of each one that is picked."""
    installments = data["installments"]
    total, down = amount_of(data, "total"), amount_of(data, "down_payment")
    count = len(installments)
    amounts = [amount_of(i, "amount") for i in installments]
    return {
        "months": data["months"],
        "longest": data["longest"],
        "down": str(down),
        "down_said": money(down),
        "months_said": plural("{count} payment", "{count} payments", count),
        "figure": money(amounts[0]) if amounts else "",
        "under": t("a month, after {amount} now", amount=money(down)),
        "rows": [
            row(told(date.fromisoformat(i["due"]), data), money(amount))
            for i, amount in zip(installments, amounts, strict=True)
        ],
        "total": row(t("In all"), money(total), total=True),
        "words": plural(
            "Set up a payment plan of {total} over {count} month with {down} down",
            "Set up a payment plan of {total} over {count} months with {down} down",
            count,
            total=money(total),
            down=money(down),
        ),
    }


def budget(card: Card) -> Props:
    """Budget billing: the amount of every month."""
    amount = money(amount_of(card.data, "amount"))
    return sheet(
        card,
        chip=chip(t("On"), "good"),
        figure=amount,
        under=t("every month"),
        rows=rows_of(card, without=[amount]),
    )


# --- credits, programs, rebates, tips ---------------------------------------------------------


def open_credits(card: Card) -> Props:
    """Credits that are open, each with the words that ask for it; of outages, how each stands."""
    data = card.data
    if "eligible" in data:
        titles = data.get("titles", ())
        items = [_credit_item(c, name) for c, name in zip(data["eligible"], titles, strict=True)]
        return sheet(card, items=items)
    ready = amount_of(data, "due") > 0
    asked = action(t("Credit my account"), t(_OUTAGE), primary=True)
    return sheet(card, rows=rows_of(card), actions=[asked] if ready else [])


def _credit_item(one: Props, title: str) -> Props:
    asked = _CREDITS[one["credit"]]
    words = t(asked)
    return {
        "title": title,
        "value": money(amount_of(one, "amount")),
        "actions": [action_for(title, t("Credit my account"), words)],
    }


def credit(card: Card) -> Props:
    """A credit that was given."""
    amount = money(amount_of(card.data, "amount"))
    rows = [row(label, value) for label, value in card.rows if label != t("Credit")]
    return sheet(card, chip=chip(t("Credited"), "good"), figure=amount, rows=rows)


def programs(card: Card) -> Props:
    """What helps with paying: what it gives, whom it is for, and how to get it."""
    return sheet(card, wide=True, items=[_program_item(p) for p in card.data["programs"]])


def _program_item(one: Props) -> Props:
    name, gives, who, how = (t(one[part]) for part in _PARTS)
    call = t("Call {phone}", phone=one["phone"]) if one.get("phone") else ""
    actions = []
    if one.get("code") == _BUDGET:
        actions = [action(t("Set up budget billing"), t("Put me on budget billing"))]
    elif not call:
        words = t("I'd like to talk to a person")
        actions = [action_for(name, t("Apply with a person"), words)]
    return {
        "title": name,
        "text": gives,
        "rows": [row(t("Who it's for"), who), row(t("How to apply"), how)],
        "more": t("Who it's for and how to apply"),
        "actions": actions,
        "links": [link(call, f"tel:{one['phone']}")] if call else [],
    }


def rebates(card: Card) -> Props:
    """Each rebate with its amount and what it needs."""
    items = [_rebate_item(name, text) for name, text in card.rows]
    return sheet(
        card,
        wide=True,
        items=items,
        fold=folded(items, _REBATES_FIRST),
        actions=[action(t("Which would help me most?"), t("How can I save energy?"))],
    )


def _rebate_item(name: str, text: str) -> Props:
    amount, _, needs = text.partition(". ")
    return {"title": name, "value": amount, "text": needs}


def tips(card: Card) -> Props:
    """What would save this home the most."""
    return sheet(
        card,
        wide=True,
        items=[{"title": tip, "chip": chip(saves, "good")} for tip, saves in card.rows],
        actions=[
            action(t("Which rebates are there?"), t("Which rebates are there?")),
            action(t("Book a home energy audit"), t("Schedule a home energy audit")),
        ],
    )
