import io
import logging
from collections.abc import Iterator

import pytest

from app.logs import PERSONAL, configure
from contracts.errors import BadInput, ConfigurationError, MemoryUnavailable
from tests.unit.cli_fakes import logs_put_back

pytestmark = pytest.mark.unit


@pytest.fixture
def out() -> Iterator[io.StringIO]:
    """A configured log."""
    stream = io.StringIO()
    with logs_put_back():
        configure("INFO", stream=stream)
        yield stream


def test_a_record_is_one_line_with_its_fields(out: io.StringIO) -> None:
    logging.getLogger("gateway").info(
        "turn finished", extra={"thread_id": "t-1", "ms": 12.5, "why": "two\nlines", "ok": True}
    )
    line = out.getvalue()
    assert line.count("\n") == 1
    expected = 'INFO gateway "turn finished" thread_id=t-1 ms=12.5 why="two\\nlines" ok=true\n'
    assert line.split(" ", 1)[1] == expected


def test_personal_data_never_reaches_the_line(out: io.StringIO) -> None:
    for name in PERSONAL:
        logging.getLogger("gateway").info("kept", extra={name: "SECRET", "turns": 3})
    nested = {"who": {"email": "SECRET", "rung": 2}, "all": [{"text": "SECRET"}]}
    logging.getLogger("gateway").info("kept", extra=nested)
    lines = out.getvalue().splitlines()
    assert len(lines) == len(PERSONAL) + 1
    assert "SECRET" not in out.getvalue()
    assert all("turns=3" in line for line in lines[:-1])
    assert "rung" in lines[-1]


def test_an_error_is_told_by_kind_and_place_not_by_its_words(out: io.StringIO) -> None:
    for error in (ValueError("SECRET"), BadInput("SECRET"), MemoryUnavailable("Redis is down")):
        try:
            raise error
        except type(error):
            logging.getLogger("graph").exception("a turn failed")
    lines = out.getvalue().splitlines()
    assert len(lines) == 3
    assert "SECRET" not in out.getvalue()
    assert all("test_logs.py" in line for line in lines)
    assert "error=ValueError" in lines[0]
    assert 'why="Redis is down"' in lines[2]


def test_others_are_quiet_and_levels_hold(out: io.StringIO) -> None:
    logging.getLogger("httpx").info("GET /secret")
    logging.getLogger("gateway").debug("detail")
    assert out.getvalue() == ""


def test_an_unknown_level_is_refused() -> None:
    with pytest.raises(ConfigurationError, match="LOG_LEVEL"):
        configure("LOUD")
