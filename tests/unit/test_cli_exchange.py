import io
import json
from collections.abc import Callable
from typing import Any

import pytest

from cli.exchange import exchange
from cli.lines import MAX_LINE
from contracts.errors import BadInput, MemoryUnavailable
from contracts.messages import Inbound, Outbound
from tests.unit.cli_fakes import FakeApp, echo

pytestmark = pytest.mark.unit

GOOD = b'{"channel": "sms", "from": "+15550101", "text": "hi", "id": "m-1"}\n'


def feeding(data: bytes) -> Callable[[], bytes]:
    pieces = [data[start : start + 3_700] for start in range(0, len(data), 3_700)]
    return lambda: pieces.pop(0) if pieces else b""


async def run(app: Any, data: bytes) -> tuple[int, list[dict[str, Any]]]:
    out = io.StringIO()
    code = await exchange(app, out, None, None, read=feeding(data))
    return code, [json.loads(line) for line in out.getvalue().splitlines()]


async def test_each_line_gets_one_line_in_order() -> None:
    app = FakeApp()
    bad = b'{"channel": "fax", "from": "+15550101", "text": "hi"}\n'
    code, found = await run(
        app, GOOD + b"{oops\n\n" + bad + b"z" * (MAX_LINE + 1) + b"\n\xff\n" + GOOD
    )
    assert code == 0
    assert [line.get("line") for line in found] == [None, 2, 4, 5, 6, None]
    assert [line["reply"] for line in (found[0], found[-1])] == ["You said hi."] * 2
    assert len(app.gateway.received) == 2


async def test_no_input_is_no_failure() -> None:
    assert await run(FakeApp(), b"") == (0, [])
    assert (await run(FakeApp(), b"nothing good\n"))[0] == 0


def failing(error: Exception, on: str = "") -> Callable[[Inbound], list[Outbound]]:
    def answer(inbound: Inbound) -> list[Outbound]:
        if inbound.text == on or not on:
            raise error
        return echo(inbound)

    return answer


async def test_a_turn_that_fails_is_told_and_the_next_is_served() -> None:
    app = FakeApp(failing(MemoryUnavailable("Redis does not answer"), on="hi"))
    code, found = await run(app, GOOD + GOOD.replace(b'"hi"', b'"again"'))
    assert found[0] == {"error": "Redis does not answer", "line": 1}
    assert found[1]["reply"] == "You said again."
    assert code == 0


@pytest.mark.parametrize("error", [MemoryUnavailable("down"), KeyError("SECRET"), BadInput("no")])
async def test_when_no_message_could_be_served_the_exit_code_says_so(error: Exception) -> None:
    code, found = await run(FakeApp(failing(error)), GOOD + GOOD)
    assert code == 1
    assert [line["line"] for line in found] == [1, 2]
    assert "SECRET" not in json.dumps(found)


async def test_a_turn_that_never_comes_is_told() -> None:
    code, found = await run(FakeApp(lambda _: []), GOOD)
    assert code == 1
    assert "no turn came back" in found[0]["error"]


async def test_each_turn_is_out_before_the_next_line_is_served() -> None:
    out = io.StringIO()
    seen: list[int] = []

    def answer(inbound: Inbound) -> list[Outbound]:
        seen.append(out.getvalue().count("\n"))
        return echo(inbound)

    await exchange(FakeApp(answer), out, None, None, read=feeding(GOOD * 3))  # type: ignore[arg-type]
    assert seen == [0, 1, 2]
