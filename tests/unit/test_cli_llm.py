"""`throughline llm` says in one line what it lacks."""

from __future__ import annotations

import socket
from collections.abc import Iterator
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from cli.main import app as throughline
from cli.shell import Shell
from models.served import weights
from models.served.weights import Weights
from tests.unit.cli_fakes import logs_put_back

pytestmark = pytest.mark.unit


@pytest.fixture(autouse=True)
def alone(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[None]:
    monkeypatch.setenv("THROUGHLINE_DATA", str(tmp_path))
    with logs_put_back():
        yield


def run(*args: str) -> Result:
    return CliRunner().invoke(throughline, ["llm", *args], obj=Shell())


def test_without_the_weights_it_says_how_to_install_them(monkeypatch: pytest.MonkeyPatch) -> None:
    nowhere = Weights("tiny", "tiny.gguf", "0" * 64, "no_such_carrier_", 2)
    monkeypatch.setattr(weights, "QWEN", nowhere)
    result = run("--port", "0")
    assert result.exit_code == 2
    assert "no_such_carrier_1 is missing): run `make llm`" in " ".join(result.stderr.split())


def test_weights_of_ones_own_have_to_be_there(tmp_path: Path) -> None:
    result = run("--port", "0", "--weights", str(tmp_path / "mine.gguf"))
    assert result.exit_code == 2
    assert "there is no file" in result.stderr


def test_a_taken_port_is_named() -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        result = run("--port", str(taken.getsockname()[1]))
    assert result.exit_code == 2
    assert "choose another with --port" in result.stderr
