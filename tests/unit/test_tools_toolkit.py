"""The decorator and the toolbox: schemas, arguments, refusals, failures, faults at build."""

from __future__ import annotations

import logging
from decimal import Decimal
from typing import Annotated, Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from contracts.errors import ConfigurationError, RecordsUnavailable
from contracts.identity import Rung
from contracts.tooling import AskAgain, Call, Cannot, Confirmation, Done, Effect, ToolSpec
from tests.fakes import World, make_world
from tests.samples import ACCOUNT, OTHER_ACCOUNT
from tools import load_tools
from tools.arguments import Day, Money, Months
from tools.toolbox import Toolbox
from tools.toolkit import EVERY_AGENT, WANTED, OwnAccount, tool

pytestmark = pytest.mark.unit

AGENTS = ("concierge", "billing")


@pytest.fixture
def world() -> World:
    return make_world()


def make(**changes: Any) -> ToolSpec:
    """A sample tool; the declaration is changed as the test needs."""
    declared: dict[str, Any] = {
        "effect": Effect.READ,
        "rung": Rung.VERIFIED,
        "grants": ("billing",),
        "step": "Sampling",
    }

    @tool(**{**declared, **changes})
    async def sample(
        call: Call,
        amount: Money,
        account_number: OwnAccount = None,
        months: Months = 12,
        day: Day | None = None,
    ) -> Done:
        """Take a sample
        of something.

        Args:
            amount: Dollars, which
                may have cents.
            months: How many.
            day: When.
        """
        return Done({"amount": f"{amount:.2f}", "months": months}, "Done.")

    return sample


def box(*specs: ToolSpec) -> Toolbox:
    return Toolbox(specs or (make(),), AGENTS)


ALL = load_tools()
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=40),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner),
    max_leaves=4,
)
NAMES = sorted({name for spec in ALL.by_name.values() for name in spec.args.model_fields})


def test_the_schema_is_compact_and_complete() -> None:
    toolbox = box()
    function = toolbox.schema(toolbox.by_name["sample"])["function"]
    assert function == {
        "name": "sample",
        "description": "Take a sample of something.",
        "parameters": {
            "type": "object",
            "properties": {
                "amount": {"type": "string", "description": "Dollars, which may have cents."},
                "account_number": {
                    "type": "string",
                    "description": "Leave out: the customer's own account is used.",
                },
                "months": {
                    "type": "integer",
                    "description": "How many.",
                    "minimum": 1,
                    "maximum": 36,
                },
                "day": {"type": "string", "format": "date", "description": "When."},
            },
            "required": ["amount"],
        },
    }


@pytest.mark.parametrize(
    ("written", "read"),
    [
        ("142.37", "142.37"),
        (142.37, "142.37"),
        ("$1,234.5", "1234.50"),
        ("fifty dollars", "50.00"),
        ("50 dollars and 5 cents", "50.05"),
        ("45 bucks", "45.00"),
    ],
)
def test_money_reads_what_people_write(written: Any, read: str) -> None:
    toolbox = box()
    args: Any = toolbox.parse(toolbox.by_name["sample"], {"amount": written})
    assert args.amount == Decimal(read)


@pytest.mark.parametrize(
    "written",
    ["lots", "-5", "1.234", "1e9", "NaN", "Infinity", "12,34", True, ["5"], {"a": 1}, 1e30],
)
def test_money_that_is_none_is_asked_for_again(written: Any) -> None:
    toolbox = box()
    answer = toolbox.parse(toolbox.by_name["sample"], {"amount": written})
    assert isinstance(answer, AskAgain)
    assert answer.missing == ("amount",)
    assert answer.say.startswith("I couldn't use the amount: ")


def test_dates_and_counts_are_read_leniently() -> None:
    toolbox = box()
    spec = toolbox.by_name["sample"]
    args: Any = toolbox.parse(spec, {"amount": 1, "months": "six months", "day": "Dec 4, 2026"})
    assert (args.months, args.day.isoformat()) == (6, "2026-12-04")
    args = toolbox.parse(spec, {"amount": 1, "months": "2 years", "day": "12/4/2026"})
    assert (args.months, args.day.isoformat()) == (24, "2026-12-04")


@pytest.mark.parametrize(
    ("raw", "missing", "words"),
    [
        ({}, ("amount",), "How much would you like to pay?"),
        ({"amount": ""}, ("amount",), "How much would you like to pay?"),
        ({"amount": None}, ("amount",), "How much would you like to pay?"),
        ({"amount": 1, "months": 99}, ("months",), "it can be 36 at most"),
        ({"amount": 1, "months": 0}, ("months",), "it has to be 1 or more"),
        ({"amount": 1, "months": "many"}, ("months",), "please say a whole number"),
        ({"amount": 1, "day": "December"}, ("day",), "please say the full date"),
        ({"amount": 1, "colour": "red"}, ("colour",), "I have no use for “colour” here."),
    ],
)
def test_complaints_are_plain(raw: dict[str, Any], missing: tuple[str, ...], words: str) -> None:
    toolbox = box()
    answer = toolbox.parse(toolbox.by_name["sample"], raw)
    assert isinstance(answer, AskAgain)
    assert answer.missing == missing
    assert words in answer.say
    for leak in ("pydantic", "validation", "input", "value_error", "type="):
        assert leak not in answer.say.lower()


def test_left_out_and_empty_arguments_take_their_defaults() -> None:
    toolbox = box()
    args: Any = toolbox.parse(
        toolbox.by_name["sample"], {"amount": "1", "account_number": " ", "day": None}
    )
    assert (args.account_number, args.months, args.day) == (None, 12, None)


async def test_another_account_is_refused_whoever_asks(world: World) -> None:
    toolbox = box()
    spec = toolbox.by_name["sample"]
    args: Any = toolbox.parse(spec, {"amount": 1, "account_number": OTHER_ACCOUNT})
    answer = await toolbox.run(spec, world.call(rung=Rung.STEPPED_UP), args)
    assert isinstance(answer, Cannot)
    assert answer.reason == "other_account"
    assert OTHER_ACCOUNT not in answer.say


async def test_the_own_account_may_be_named(world: World) -> None:
    toolbox = box()
    spec = toolbox.by_name["sample"]
    args: Any = toolbox.parse(spec, {"amount": 1, "account_number": f"{ACCOUNT[:4]} {ACCOUNT[4:]}"})
    assert isinstance(await toolbox.run(spec, world.call(), args), Done)


async def test_a_rung_too_low_is_refused(world: World) -> None:
    toolbox = box()
    spec = toolbox.by_name["sample"]
    assert not toolbox.allowed(spec, Rung.RECOGNISED)
    assert toolbox.allowed(spec, Rung.STEPPED_UP)
    args: Any = toolbox.parse(spec, {"amount": 1})
    answer = await toolbox.run(spec, world.call(rung=Rung.RECOGNISED), args)
    assert isinstance(answer, Cannot)
    assert answer.reason == "not_verified"


@pytest.mark.parametrize("effect", [Effect.READ, Effect.WRITE])
async def test_a_store_that_is_down_is_an_apology(world: World, effect: Effect) -> None:
    @tool(effect=effect, rung=Rung.VERIFIED, grants=("billing",), step="Failing")
    async def failing(call: Call) -> Done:
        """Fail."""
        raise RecordsUnavailable("mongodb://secret-host refused")

    toolbox = box(failing)
    spec = toolbox.by_name["failing"]
    answer = await toolbox.run(spec, world.call(), spec.args())
    assert isinstance(answer, Cannot)
    assert answer.reason == "unavailable"
    assert "secret-host" not in answer.say
    assert ("nothing was changed" in answer.say) is (effect is Effect.WRITE)


async def test_a_bug_is_logged_without_what_the_customer_said(
    world: World, caplog: pytest.LogCaptureFixture
) -> None:
    async def read_back(call: Call, args: Any) -> Confirmation:
        raise KeyError("Maria Alvarez")

    @tool(effect=Effect.WRITE, rung=Rung.VERIFIED, grants=("billing",), step="X", confirm=read_back)
    async def broken(call: Call) -> Done:
        """Break."""
        raise KeyError("Maria Alvarez")

    toolbox = box(broken)
    spec = toolbox.by_name["broken"]
    with caplog.at_level(logging.ERROR):
        answers = [
            await toolbox.run(spec, world.call(), spec.args()),
            await toolbox.read_back(spec, world.call(), spec.args()),
        ]
    assert [a.reason for a in answers if isinstance(a, Cannot)] == ["failed", "failed"]
    assert [r.message for r in caplog.records] == ["tool failed", "tool failed"]
    assert all(r.__dict__["error"] == "KeyError" for r in caplog.records)
    assert "Maria" not in caplog.text
    assert not any("Maria" in str(r.__dict__) for r in caplog.records)


async def test_read_back_is_only_for_tools_that_need_a_yes(world: World) -> None:
    toolbox = box()
    spec = toolbox.by_name["sample"]
    args: Any = toolbox.parse(spec, {"amount": 1})
    with pytest.raises(ValueError, match="needs no confirmation"):
        await toolbox.read_back(spec, world.call(), args)


def test_an_emergency_never_asks_for_arguments() -> None:
    @tool(effect=Effect.EMERGENCY, rung=Rung.ANONYMOUS, grants=("billing",), step="Alarm")
    async def alarm(
        call: Call, location: Annotated[str, WANTED] = "", sparks: bool | None = None
    ) -> Done:
        """Raise the alarm.

        Args:
            location: Where.
            sparks: Whether it sparks.
        """
        return Done({}, "")

    toolbox = box(alarm)
    spec = toolbox.by_name["alarm"]
    assert toolbox.schema(spec)["function"]["parameters"]["required"] == ["location"]
    args: Any = toolbox.parse(spec, {"sparks": "everywhere", "colour": 1, "location": ["x"]})
    assert (args.location, args.sparks) == ("", None)
    assert toolbox.allowed(spec, Rung.ANONYMOUS)


def test_a_tool_for_every_agent_is_not_held_by_its_own_target() -> None:
    @tool(
        effect=Effect.HANDOFF,
        rung=Rung.ANONYMOUS,
        grants=EVERY_AGENT,
        step="Back",
        goes_to="concierge",
    )
    async def back(call: Call) -> Done:
        """Go back."""
        return Done({}, "")

    toolbox = box(back, make())
    assert [s.name for s in toolbox.granted_to("billing")] == ["back", "sample"]
    assert toolbox.granted_to("concierge") == []


@pytest.mark.parametrize(
    ("changes", "problem"),
    [
        ({"grants": ("billing", "marketing")}, r"unknown agents: \['marketing'\]"),
        ({"grants": ()}, "granted to no agent"),
        ({"effect": Effect.HANDOFF}, "needs goes_to"),
        ({"goes_to": "concierge"}, "needs goes_to if it is a HANDOFF, and only then"),
        ({"effect": Effect.HANDOFF, "goes_to": "sales"}, "unknown agent: sales"),
        ({"effect": Effect.HANDOFF, "goes_to": "billing"}, "the agent it leads to"),
        ({"secret": ("pin",)}, r"unknown arguments secret: \['pin'\]"),
        ({"effect": Effect.EMERGENCY}, "neither identity nor a yes"),
        ({"effect": Effect.EMERGENCY, "rung": Rung.ANONYMOUS}, "may not wait for an argument"),
    ],
)
def test_what_contradicts_itself_fails_at_build(changes: dict[str, Any], problem: str) -> None:
    with pytest.raises(ConfigurationError, match=problem):
        box(make(**changes))


def test_two_tools_of_one_name_fail_at_build() -> None:
    with pytest.raises(ConfigurationError, match=r"same name: \['sample'\]"):
        box(make(), make())


def test_docstring_and_signature_have_to_agree() -> None:
    declare = tool(effect=Effect.READ, rung=Rung.VERIFIED, grants=("billing",), step="X")

    async def silent(call: Call, month: int) -> Done:
        """Say nothing of the month."""
        return Done({}, "")

    async def chatty(call: Call) -> Done:
        """Say too much.

        Args:
            month: There is none.
        """
        return Done({}, "")

    async def mute(call: Call) -> Done:
        return Done({}, "")

    with pytest.raises(ConfigurationError, match=r"says nothing of its arguments \['month'\]"):
        declare(silent)
    with pytest.raises(ConfigurationError, match=r"unknown arguments: \['month'\]"):
        declare(chatty)
    with pytest.raises(ConfigurationError, match="no docstring"):
        declare(mute)


@settings(max_examples=200, derandomize=True, deadline=None)
@given(raw=st.dictionaries(st.sampled_from(NAMES) | st.text(max_size=12), JSON, max_size=5))
def test_whatever_a_model_writes_is_arguments_or_a_plain_question(raw: dict[str, Any]) -> None:
    for spec in ALL.by_name.values():
        answer = ALL.parse(spec, raw)
        if isinstance(answer, AskAgain):
            assert answer.missing
            assert answer.say
            assert "pydantic" not in answer.say
            assert spec.effect not in {Effect.EMERGENCY, Effect.HANDOFF}
        else:
            assert isinstance(answer, spec.args)
            again = ALL.parse(spec, answer.model_dump(mode="json"))
            assert again == answer
