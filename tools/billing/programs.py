"""Help with paying: the programs of the catalogue, those first that the records speak for."""

from __future__ import annotations

from datetime import date
from typing import Any

from contracts.catalogue import AssistanceProgramme
from contracts.identity import Rung
from contracts.language import marked, plural, t
from contracts.messages import Card, Channel, Link
from contracts.records import Account, Customer
from contracts.tooling import Call, Cannot, Done, Effect
from tools import speech
from tools.common import call_link, known_customer, own_account, today
from tools.dates import months_after
from tools.standing import AVERAGED, Standing, standing
from tools.toolkit import OwnAccount, tool

_SENIOR = 60  # years, as the federal programs count
_NAMED = 3  # programs that are said by name
_PRIVATE = frozenset({"medical equipment", "senior"})


@tool(
    effect=Effect.READ,
    rung=Rung.VERIFIED,
    grants=("billing",),
    step=marked("Looking for programs that help"),
)
async def check_assistance_programs(call: Call, account_number: OwnAccount = None) -> Done | Cannot:
    """Find assistance programs for the customer: LIHEAP and crisis grants, medical baseline, bill
    discounts, help for seniors, weatherization. Says what each gives and how to apply."""
    account = await own_account(call)
    if isinstance(account, Cannot):
        return account
    customer = await known_customer(call)
    hints = hints_of(account, customer, await standing(call, account), today(call))
    offered = call.services.scenario.catalogue.assistance
    fitting = sorted(
        (p for p in offered if hints.intersection(p.hints)), key=lambda p: -_fit(p, hints)
    )
    # Which record spoke for a program is nobody's business in a room with others.
    data = {"programs": [_data(programme) for programme in fitting]}
    rows = tuple((t(p.name), f"{t(p.gives)} {t(p.apply)}") for p in fitting)
    shown = {"programs": [{**_data(p), "code": p.code} for p in fitting]}
    card = Card(card="programs", title=t("Programs that may help you"), rows=rows, data=shown)
    return Done(data, _said(call, fitting), (card, *_links(fitting)))


def hints_of(
    account: Account, customer: Customer | None, stands: Standing, today: date
) -> frozenset[str]:
    """What of the records speaks for a program, in the catalogue's words."""
    found = {
        "always": True,
        "arrears": stands.past_due > 0,
        "medical equipment": customer is not None and customer.medical_equipment,
        "senior": customer is not None
        and months_after(customer.date_of_birth, 12 * _SENIOR) <= today,
        "level bills": account.budget_amount is None
        and stands.past_due <= 0
        and len(stands.judged) >= AVERAGED,
    }
    return frozenset(hint for hint, holds in found.items() if holds)


def _fit(programme: AssistanceProgramme, hints: frozenset[str]) -> int:
    """Programs for the customer's own situation come before those for everybody."""
    return len((hints - {"always"}).intersection(programme.hints))


def _said(call: Call, fitting: list[AssistanceProgramme]) -> str:
    if not fitting:
        return t(
            "I have no program for you right now, but I can get you a person to look with you."
        )
    told = [p for p in fitting if call.channel is not Channel.VOICE or _is_discreet(p)] or fitting
    names = [t(programme.name) for programme in told[:_NAMED]]
    may_help = plural(
        "One program may help you: {programs}.",
        "{count} programs may help you: {programs}.",
        len(fitting),
        programs=_listed(names, len(fitting) - len(names)),
    )
    gives = t(told[0].gives)
    first = f"{names[0]}: {gives[0].lower()}{gives[1:]}"
    how = t("Shall I say how to apply?")
    return f"{may_help} {first} {how}"


def _listed(names: list[str], more: int) -> str:
    """ "a, b, c and 2 more"."""
    if not more:
        return speech.listed(names)
    named = ", ".join(names)
    return plural("{programs} and one more", "{programs} and {count} more", more, programs=named)


def _is_discreet(programme: AssistanceProgramme) -> bool:
    """Whether its name, said aloud, tells nobody more of the customer than that money is short."""
    return not _PRIVATE.issuperset(programme.hints)


def _links(fitting: list[AssistanceProgramme]) -> tuple[Link, ...]:
    phones = dict.fromkeys(programme.phone for programme in fitting if programme.phone)
    return tuple(call_link(t("Call {phone}", phone=phone), phone) for phone in phones)


def _data(programme: AssistanceProgramme) -> dict[str, Any]:
    return {
        "name": programme.name,
        "gives": programme.gives,
        "who": programme.who,
        "apply": programme.apply,
        "phone": programme.phone,
    }


TOOLS = (check_assistance_programs,)
