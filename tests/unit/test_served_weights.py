"""Weights are put together from their pieces, and refused when they are not the right ones."""

from __future__ import annotations

import hashlib
import re
import sys
from pathlib import Path

import pytest

from contracts.errors import ConfigurationError
from models.served.weights import QWEN, Weights, assembled, sha256_of

pytestmark = pytest.mark.unit

PIECES = (b"GGUF and ", b"some ", b"weights")
WHOLE = b"".join(PIECES)


def weights(sha256: str = hashlib.sha256(WHOLE).hexdigest(), pieces: int = 3) -> Weights:
    return Weights("tiny", "tiny.gguf", sha256, "carrier_of_a_test_", pieces)


@pytest.fixture
def carriers(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Three installed packages, a piece in each."""
    folder = tmp_path / "installed"
    for number, piece in enumerate(PIECES, 1):
        package = folder / f"carrier_of_a_test_{number}"
        (package / "data").mkdir(parents=True)
        (package / "__init__.py").touch()
        (package / "data" / f"part{number:02}.bin").write_bytes(piece)
    monkeypatch.setattr(sys, "path", [str(folder), *sys.path])
    return folder


@pytest.mark.usefixtures("carriers")
def test_the_pieces_make_the_whole(tmp_path: Path) -> None:
    path = assembled(weights(), tmp_path / "llm")
    assert path.read_bytes() == WHOLE
    assert [file.name for file in path.parent.iterdir()] == ["tiny.gguf"]


def test_what_was_put_together_needs_no_pieces_any_more(tmp_path: Path) -> None:
    (tmp_path / "tiny.gguf").write_bytes(WHOLE)
    assert assembled(weights(), tmp_path) == tmp_path / "tiny.gguf"


@pytest.mark.usefixtures("carriers")
def test_wrong_pieces_leave_nothing_behind(tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError, match=r"not what their makers published .*make llm"):
        assembled(weights(sha256="0" * 64), tmp_path / "llm")
    assert list((tmp_path / "llm").iterdir()) == []


def test_a_file_that_was_changed_is_not_used(tmp_path: Path) -> None:
    path = tmp_path / "tiny.gguf"
    path.write_bytes(WHOLE + b"!")
    with pytest.raises(ConfigurationError, match=r"delete .*tiny\.gguf"):
        assembled(weights(), tmp_path)


def test_what_is_not_installed_says_how_to_install_it(tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError, match=r"carrier_of_a_test_1 is missing.*`make llm`"):
        assembled(weights(), tmp_path)


def test_a_package_without_its_piece_counts_as_missing(carriers: Path, tmp_path: Path) -> None:
    (carriers / "carrier_of_a_test_2" / "data" / "part02.bin").unlink()
    with pytest.raises(ConfigurationError, match="carrier_of_a_test_2 is missing"):
        assembled(weights(), tmp_path)


def test_the_hash_is_that_of_the_whole_file(tmp_path: Path) -> None:
    path = tmp_path / "some"
    path.write_bytes(WHOLE)
    assert sha256_of(path) == hashlib.sha256(WHOLE).hexdigest()


def test_the_weights_of_the_extra_are_pinned_by_a_whole_hash() -> None:
    assert re.fullmatch("[0-9a-f]{64}", QWEN.sha256)
