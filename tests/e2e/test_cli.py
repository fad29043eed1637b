"""The command line as scripts use it: the real console script on the real embedded stores."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import chdir
from pathlib import Path
from typing import IO, Any

import pytest
from typer.testing import CliRunner

from cli.main import app
from cli.protocol import FIELDS
from tests.unit.cli_fakes import logs_put_back

pytestmark = pytest.mark.e2e

THROUGHLINE = str(Path(sys.executable).with_name("throughline"))
MARIA = "+15550101"
OTHER_SETTINGS = ("REDIS_URL", "MONGODB_URI", "MODEL", "ENVIRONMENT", "LOG_LEVEL", "CHECKPOINTER")


class Place:
    """A data folder of its own, and `throughline` run in it."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._settings = dict.fromkeys(OTHER_SETTINGS, "") | {
            "THROUGHLINE_DATA": str(folder / "data"),
            "SEED_CUSTOMERS": "12",
            "PORT": "0",
        }

    def start(self, *args: str, stderr: IO[str]) -> subprocess.Popen[str]:
        return subprocess.Popen(
            [THROUGHLINE, *args],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=stderr,
            text=True,
            env=os.environ | self._settings,
            cwd=self._folder,
        )

    def run(self, *args: str) -> str:
        """What a command prints, run in this process to save the imports; it must succeed."""
        with chdir(self._folder), logs_put_back():
            done = CliRunner().invoke(app, args, env=self._settings, catch_exceptions=False)
        assert done.exit_code == 0, done.stderr
        return done.stdout


class Chat:
    """`throughline chat --json`, kept open: it also keeps the stores up for other commands."""

    def __init__(self, process: subprocess.Popen[str], log: Path) -> None:
        self._process, self._log = process, log

    def send(self, line: str) -> dict[str, Any]:
        """One line in, one line out."""
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.write(f"{line}\n")
        self._process.stdin.flush()
        answer = self._process.stdout.readline()
        assert answer, self.log()
        found: dict[str, Any] = json.loads(answer)
        return found

    def say(self, channel: str, text: str, **more: str) -> dict[str, Any]:
        return self.send(json.dumps({"channel": channel, "from": MARIA, "text": text, **more}))

    def end(self) -> tuple[int, str]:
        """The exit code, and what was on stdout that nobody asked for."""
        rest, _ = self._process.communicate(timeout=60)
        return self._process.returncode, rest

    def log(self) -> str:
        return self._log.read_text()


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Place:
    return Place(tmp_path_factory.mktemp("cli"))


@pytest.fixture(scope="module")
def chat(place: Place, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Chat]:
    log = tmp_path_factory.mktemp("log") / "stderr"
    with log.open("w") as stderr:
        process = place.start("chat", "--json", stderr=stderr)
    talking = Chat(process, log)
    yield talking
    if process.poll() is None:
        assert talking.end() == (0, "")


def test_turns_and_bad_lines_each_get_their_line(chat: Chat) -> None:
    first = chat.say("voice", "my power is out", id="call-1")
    assert tuple(first) == FIELDS
    assert first["reply"]
    assert first["identity"] == "recognised"
    bad = ("{oops", "[]", json.dumps({"channel": "fax", "from": MARIA, "text": "hi"}), '"\x00"')
    errors = [chat.send(line) for line in bad]
    assert [set(error) for error in errors] == [{"error", "line"}] * len(bad)
    assert [error["line"] for error in errors] == [2, 3, 4, 5]
    second = chat.say("whatsapp", "any news?")
    assert tuple(second) == FIELDS
    same = ("customer_id", "thread_id")
    assert [second[name] for name in same] == [first[name] for name in same]
    assert second["channel"] == "whatsapp"


def test_the_same_id_is_the_same_message(chat: Chat) -> None:
    first = chat.say("sms", "what can you do?", id="sms-1")
    again = chat.say("sms", "what can you do?", id="sms-1")
    assert again["reply"] == first["reply"]


def test_odd_messages_leave_the_thread_unharmed(chat: Chat) -> None:
    for odd in ("", "🔥🔥🔥", "\x00\x1b[2J", "x" * 3_900, "9" * 200):
        answer = chat.say("sms", odd)
        assert answer.get("reply") or answer.get("error")
    assert "line" in chat.say("sms", "y" * 1_000_000)
    assert chat.say("sms", "hello")["reply"]


def test_the_log_holds_no_words_of_customers(chat: Chat) -> None:
    chat.say("sms", "my secret pet is a zebrafinch")
    assert "zebrafinch" not in chat.log()
    assert "Traceback" not in chat.log()


def test_customers_can_be_played_from_their_line(chat: Chat, place: Place) -> None:
    everyone = [json.loads(line) for line in place.run("customers", "--json").splitlines()]
    maria = next(it for it in everyone if it["number"] == MARIA)
    assert len(everyone) >= 12
    assert maria["customer_id"] == chat.say("voice", "hello")["customer_id"]
    assert all(it["zip"] and it["account_number"] and it["story"] for it in everyone)


def test_show_has_the_one_conversation(chat: Chat, place: Place) -> None:
    last = chat.say("web", "hello")
    last = chat.say("voice", "hello again")
    context = json.loads(place.run("show", "1 555-0101"))
    assert context["thread_id"] == last["thread_id"]
    assert {"voice", "whatsapp"} <= {it["channel"] for it in context["sessions"]}
    wanted = {"session_id", "channel", "started_at", "status"}
    assert all(wanted <= set(session) for session in context["sessions"])
    rest = {"conversation_summary", "collected_data", "handoffs", "offers", "pending"}
    assert rest <= set(context)


@pytest.mark.usefixtures("chat")
def test_a_storm_comes_and_goes(place: Place) -> None:
    assert "are waiting" in place.run("storm", "--calls", "60")
    assert "No line is over a threshold." in place.run("storm", "--end")


@pytest.mark.usefixtures("chat")
def test_doctor_finds_nothing_broken(place: Place) -> None:
    found = [json.loads(line) for line in place.run("doctor", "--json").splitlines()]
    assert {it["check"] for it in found} >= {"Python", "Settings", "Memory", "Records", "Model"}
    assert not [it for it in found if it["state"] == "broken"]


@pytest.mark.usefixtures("chat")
def test_graph_is_mermaid(place: Place) -> None:
    assert "graph TD" in place.run("graph")


@pytest.mark.usefixtures("chat")
def test_the_terminal_shows_no_json(place: Place) -> None:
    with open(os.devnull, "w") as stderr:
        process = place.start("chat", "--channel", "sms", "--from", MARIA, stderr=stderr)
    shown, _ = process.communicate("what do I owe?\n/switch voice\nhello\n/quit\n", timeout=60)
    assert process.returncode == 0
    assert "Now on voice" in shown
    assert "{" not in shown


def test_the_end_of_the_input_ends_it_cleanly(chat: Chat) -> None:
    assert chat.end() == (0, "")
