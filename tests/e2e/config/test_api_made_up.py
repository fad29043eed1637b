"""The operators' REST, asked what it is made for and what it is not by somebody who may."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator
from contextlib import suppress
from typing import Any

import httpx
import pytest
import schemathesis
from hypothesis import HealthCheck, given, settings
from hypothesis.errors import Unsatisfiable
from schemathesis import Case, GenerationMode
from schemathesis.checks import not_a_server_error
from schemathesis.core.result import Ok
from schemathesis.specs.openapi.checks import (
    response_schema_conformance,
    status_code_conformance,
)

from app.build import App
from app.operators import OperatorAccounts
from channels.numbers.validation import errors
from contracts.clock import PinnedClock
from contracts.records import Role
from tests.asking import Asgi, request_of
from ui.web import create_web

pytestmark = [pytest.mark.e2e, pytest.mark.usefixtures("later")]

EXAMPLES = 4  # for each route and kind of data
CHECKS = [not_a_server_error, response_schema_conformance, status_code_conformance]


def operations(app: App) -> Iterator[tuple[Asgi, Any]]:
    web = create_web(app)
    asgi = Asgi(web)
    for found in schemathesis.openapi.from_dict(web.openapi()).get_all_operations():
        assert isinstance(found, Ok), found.err()
        operation = found.ok()
        if "configuration" in (operation.tags or []):
            yield asgi, operation


def examples(
    operation: Any, mode: GenerationMode, token: str, ask: Callable[[httpx.Request], httpx.Response]
) -> Callable[[], None]:
    @settings(
        max_examples=EXAMPLES,
        derandomize=True,
        database=None,
        deadline=None,
        suppress_health_check=list(HealthCheck),
    )
    @given(case=operation.as_strategy(generation_mode=mode))
    def answers(case: Case) -> None:
        request = request_of(case, {})
        request.headers["authorization"] = f"Bearer {token}"
        case.validate_response(ask(request), checks=CHECKS)

    return answers


@pytest.mark.timeout(300)
@pytest.mark.filterwarnings("ignore:Overriding standard format")
async def test_no_route_fails_whatever_an_operator_asks(
    app: App, clock: PinnedClock, subtests: pytest.Subtests
) -> None:
    accounts = OperatorAccounts(app.records.operators, clock)
    token = await accounts.new_token(Role.OPERATOR.value, "made up")
    loop = asyncio.get_running_loop()
    asked = 0
    for asgi, operation in operations(app):

        def ask(request: httpx.Request, asgi: Asgi = asgi) -> httpx.Response:
            return asyncio.run_coroutine_threadsafe(asgi.send(request), loop).result()

        with subtests.test(operation.label):
            for mode in (GenerationMode.POSITIVE, GenerationMode.NEGATIVE):
                with suppress(Unsatisfiable):  # what takes nothing can't be asked wrong
                    await asyncio.to_thread(examples(operation, mode, token, ask))
        asked += 1
    assert asked > 25
    # Whatever was made up, what stands is sound.
    assert errors(await app.numbers.load(), app.scenario) == ()
