"""The run of `throughline chat --json`: each line in gives one line out, in order."""

from __future__ import annotations

import logging
from typing import IO, TYPE_CHECKING

from cli.lines import Line, Read, lines
from cli.protocol import Defaults, error_line, inbound_of, turn_line
from contracts.errors import BadInput, ThroughlineError
from contracts.messages import Inbound, Turn

if TYPE_CHECKING:
    from app.build import App

logger = logging.getLogger(__name__)


async def exchange(
    app: App, out: IO[str], channel: str | None, sender: str | None, *, read: Read | None = None
) -> int:
    """Serve lines until the end of the input; the exit code.

    It is 1 when there were messages and not one could be served, else 0. Blank lines are
    passed over.
    """
    defaults = Defaults(channel, sender, app.scenario.brand.region)
    tried = served = 0
    async for line in lines(read):
        if not line.too_long and not line.data.strip():
            continue
        try:
            inbound = inbound_of(line, defaults, app.clock.now())
        except BadInput as error:
            _write(out, error_line(str(error), line.number))
            continue
        answer, answered = await _answer(app, inbound, line)
        _write(out, answer)
        tried += 1
        served += answered
    return 1 if tried and not served else 0


async def _answer(app: App, inbound: Inbound, line: Line) -> tuple[str, bool]:
    """The line for a message, and whether the message got its turn."""
    try:
        return turn_line(await _turn(app, inbound)), True
    except ThroughlineError as error:
        return error_line(str(error), line.number), False
    except Exception as error:
        logger.exception("a turn failed", extra={"line": line.number})
        what = f"the turn failed ({type(error).__name__}): see the log, then send it again"
        return error_line(what, line.number), False


async def _turn(app: App, inbound: Inbound) -> Turn:
    turn = None
    async for part in app.gateway.receive(inbound):
        turn = part if isinstance(part, Turn) else turn
    if turn is None:
        raise ThroughlineError("no turn came back: send the line again with the same id")
    return turn


def _write(out: IO[str], line: str) -> None:
    out.write(f"{line}\n")
    out.flush()
