import json
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner, Result

from cli.main import app as throughline
from cli.shell import Shell
from contracts.errors import MemoryUnavailable, RecordsUnavailable
from tests.unit.cli_fakes import FakeApp, logs_put_back

pytestmark = pytest.mark.unit

ROOT = Path(__file__).parents[2]
NAMES = (
    "serve", "chat", "customers", "storm", "outage", "outbox", "show", "seed", "doctor", "graph",
    "llm", "operator", "work",
)  # fmt: skip


@pytest.fixture(autouse=True)
def alone(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[None]:
    """No `.env`, no settings of the machine, and the logs put back."""
    monkeypatch.chdir(tmp_path)
    for name in ("REDIS_URL", "MONGODB_URI", "PORT", "LOG_LEVEL", "ENVIRONMENT", "MODEL"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("THROUGHLINE_DATA", str(tmp_path))
    with logs_put_back():
        yield


def run(app: FakeApp, *args: str, typed: str | None = None) -> Result:
    return CliRunner().invoke(throughline, args, input=typed, obj=Shell(opener=app.opener))


def test_help_lists_every_command() -> None:
    shown = run(FakeApp(), "--help").stdout
    assert all(name in shown for name in NAMES)
    for name in NAMES:
        assert run(FakeApp(), name, "--help").exit_code == 0


def test_help_imports_nothing_heavy() -> None:
    code = "import sys, cli.main; print(*sys.modules)"
    loaded = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True, cwd=ROOT
    ).stdout.split()
    heavy = {"langgraph", "langchain_core", "chainlit", "pydantic", "pymongo", "redis", "fastapi"}
    assert not heavy & set(loaded)
    assert "cli.commands.chat" in loaded


def test_customers_as_json_has_all_that_is_needed_to_play_one() -> None:
    result = run(FakeApp(), "customers", "--json")
    assert [json.loads(line) for line in result.stdout.splitlines()] == [
        {
            "customer_id": "cust-1",
            "name": "Maria Alvarez",
            "number": "+15550101",
            "email": "maria@example.com",
            "account_number": "1000000101",
            "address": "418 Alder Street, Cedar Falls, OR 97201",
            "zip": "97201",
            "date_of_birth": "1984-05-17",
            "ssn_last4": "4821",
            "story": "Her power is out.",
        }
    ]


def test_customers_are_said_to_be_made_up() -> None:
    shown = run(FakeApp(), "customers").stdout
    assert "made up" in shown
    assert "+15550101" in shown
    assert "4821" in shown


def test_the_outbox_shows_the_newest_last() -> None:
    shown = run(FakeApp(), "outbox").stdout
    assert shown.index("the older") < shown.index("the newer")
    assert "· hand-off · queued" in shown
    assert "· hand-off · failed: no such number" in shown
    limited = run(FakeApp(), "outbox", "--json", "--limit", "1").stdout.splitlines()
    assert [json.loads(line)["text"] for line in limited] == ["the newer"]


def test_show_prints_the_context_as_json() -> None:
    result = run(FakeApp(), "show", "(503) 555-0142", "--channel", "whatsapp")
    assert json.loads(result.stdout)["asked"] == ["whatsapp", "+15035550142"]
    assert run(FakeApp(), "show", "Maria").exit_code == 2


def test_graph_prints_mermaid() -> None:
    assert run(FakeApp(), "graph", "--xray").stdout == "graph TD; xray=True\n"


def test_a_storm_raises_the_real_metrics_and_ends() -> None:
    app = FakeApp()
    shown = run(app, "storm", "--calls", "51").stdout
    assert app.queues.arrivals == len(app.queues.waiting) == 51
    assert all(it.customer_id.startswith("storm-") for it in app.queues.waiting.values())
    assert "voice: the wait is over 120 s and more than 50 are waiting" in shown
    run(app, "storm", "--calls", "9")
    assert len(app.queues.waiting) == 60
    shown = run(app, "storm", "--end").stdout
    assert not app.queues.waiting
    assert "No line is over a threshold." in shown


def test_a_storm_is_not_for_production(monkeypatch: pytest.MonkeyPatch) -> None:
    app = FakeApp()
    for name in ("REDIS_URL", "MONGODB_URI", "PUBLIC_URL"):
        monkeypatch.setenv(name, "redis://h")
    monkeypatch.setenv("SECRET_KEY", "s" * 32)
    monkeypatch.setenv("ENVIRONMENT", "production")
    result = run(app, "storm")
    assert result.exit_code == 2
    assert "production" in result.stderr
    assert not app.queues.waiting


def test_chat_in_json_keeps_stdout_to_its_lines() -> None:
    def answer(inbound: Any) -> list[Any]:
        print("a stray print")
        return []

    line = '{"text": "hi"}\n'
    result = run(
        FakeApp(answer), "chat", "--json", "--channel", "sms", "--from", "+15550101", typed=line
    )
    assert [set(json.loads(it)) for it in result.stdout.splitlines()] == [{"error", "line"}]
    assert "a stray print" in result.stderr
    assert result.exit_code == 1


def test_chat_at_a_terminal_talks() -> None:
    app = FakeApp()
    result = run(app, "chat", "--from", "+15550101", typed="my power is out\n/quit\n")
    assert result.exit_code == 0
    assert "You said my power is out." in result.stdout
    assert "SQLite keeps the threads" in result.stderr
    assert (app.workers, app.closed) == ([True], True)


def test_chat_says_what_it_misses() -> None:
    assert "--from is missing" in run(FakeApp(), "chat").stderr
    unknown = run(FakeApp(), "chat", "--from", "+15550101", "--channel", "fax")
    assert unknown.exit_code == 2
    assert "unknown channel" in unknown.stderr


class Broken(FakeApp):
    """An app that doesn't open."""

    def __init__(self, error: Exception) -> None:
        super().__init__()
        self._error = error

    def opener(self, settings: Any, *, worker: bool) -> Any:
        raise self._error


@pytest.mark.parametrize(
    ("error", "code", "says"),
    [
        (MemoryUnavailable("Redis does\nnot answer"), 2, "throughline: Redis does not answer\n"),
        (ExceptionGroup("g", [ValueError(), RecordsUnavailable("no Mongo")]), 2, "no Mongo\n"),
        (KeyError("SECRET"), 1, "unexpected went wrong (KeyError)"),
    ],
)
def test_errors_are_one_line(error: Exception, code: int, says: str) -> None:
    result = run(Broken(error), "outbox")
    assert (result.exit_code, result.stdout) == (code, "")
    assert says in result.stderr
    assert result.stderr.count("\n") == 1
    assert "SECRET" not in result.stderr


def test_debug_shows_where() -> None:
    error = MemoryUnavailable("Redis does not answer")
    assert run(Broken(error), "--debug", "outbox").exception is error


def test_a_wrong_setting_is_named_and_not_quoted(monkeypatch: pytest.MonkeyPatch) -> None:
    app = FakeApp()
    monkeypatch.setenv("PORT", "SECRET")
    result = run(app, "outbox")
    assert result.exit_code == 2
    assert "PORT" in result.stderr
    assert "SECRET" not in result.stderr
    monkeypatch.setenv("PORT", "8000")
    monkeypatch.setenv("LOG_LEVEL", "LOUD")
    assert "LOG_LEVEL" in run(app, "outbox").stderr


FAKED = """
import sys
from cli.main import app
from cli.shell import Shell
from tests.unit.cli_fakes import FakeApp
faked = FakeApp()
try:
    app(obj=Shell(opener=faked.opener))
finally:
    if faked.closed:
        sys.stderr.write("closed")
"""


def start(*args: str) -> subprocess.Popen[bytes]:
    return subprocess.Popen(
        [sys.executable, "-c", FAKED, *args],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        cwd=ROOT,
    )


def begun(*args: str) -> subprocess.Popen[bytes]:
    """A chat that has answered once and waits for more."""
    process = start("chat", "--from", "+15550101", *args)
    assert process.stdin is not None
    assert process.stdout is not None
    process.stdin.write(b'{"text": "hi"}\n')
    process.stdin.flush()
    while b"You said" not in process.stdout.readline():
        assert process.poll() is None
    return process


JSON = ("--json", "--channel", "sms")


@pytest.mark.parametrize(
    ("args", "number", "code"),
    [
        (JSON, signal.SIGINT, 130),
        ((), signal.SIGINT, 0),
        (JSON, signal.SIGTERM, 143),
    ],
)
def test_a_signal_ends_a_chat_cleanly(args: tuple[str, ...], number: int, code: int) -> None:
    process = begun(*args)
    process.send_signal(number)
    assert process.wait(timeout=20) == code  # its input is still open
    _, errors = process.communicate(timeout=20)
    assert b"closed" in errors
    assert b"Traceback" not in errors
    assert b"Fatal" not in errors


def test_a_reader_that_has_gone_ends_a_chat_cleanly() -> None:
    process = begun(*JSON)
    assert process.stdin is not None
    assert process.stdout is not None
    assert process.stderr is not None
    process.stdout.close()
    process.stdin.write(b'{"text": "hi"}\n')
    process.stdin.close()
    assert process.wait(timeout=20) == 1
    assert b"Traceback" not in process.stderr.read()
    process.stderr.close()
