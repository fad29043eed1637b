"""The files that pages load: compressed once, and kept by the browser."""

from __future__ import annotations

import asyncio
import gzip
import hashlib
import os
import stat
from pathlib import Path
from tempfile import NamedTemporaryFile

from starlette.datastructures import Headers
from starlette.responses import Response
from starlette.staticfiles import StaticFiles
from starlette.types import Scope

TEXTS = {".css", ".geojson", ".js", ".json", ".jsx", ".map", ".mjs", ".svg", ".txt"}
SMALL = 1024  # bytes; a packet holds them as they are
FOR_GOOD = "public, max-age=31536000, immutable"
ASK_AGAIN = "no-cache"  # kept, and asked for by its ETag each time


class Assets(StaticFiles):
    """A folder of files. Texts are compressed at their first request, and kept below `packed`.

    hashed: the files' names change with what is in them, so a browser need never ask again.
    """

    def __init__(self, directory: Path, *, packed: Path, hashed: bool = False) -> None:
        super().__init__(directory=directory)
        self._packed = packed
        self._caching = FOR_GOOD if hashed else ASK_AGAIN

    async def get_response(self, path: str, scope: Scope) -> Response:
        """Raises HTTPException of 404 and 405, as its base does."""
        response = await super().get_response(path, scope)
        response.headers["Cache-Control"] = self._caching
        full_path, found = await asyncio.to_thread(self.lookup_path, path)
        if found is None or not _can_be_packed(full_path, found):
            return response
        response.headers.add_vary_header("Accept-Encoding")
        if "gzip" not in Headers(scope=scope).get("accept-encoding", ""):
            return response
        return await self._compressed(Path(full_path), found, scope)

    async def _compressed(self, path: Path, found: os.stat_result, scope: Scope) -> Response:
        packed = await asyncio.to_thread(self._pack, path, found)
        status = await asyncio.to_thread(packed.stat)
        response = self.file_response(packed, status, scope)
        response.headers["Cache-Control"] = self._caching
        response.headers["Content-Encoding"] = "gzip"
        response.headers.add_vary_header("Accept-Encoding")
        return response

    def _pack(self, path: Path, found: os.stat_result) -> Path:
        """The compressed file, made if need be; two that make it at once do no harm."""
        version = f"{path}:{found.st_mtime_ns}:{found.st_size}"
        name = f"{hashlib.sha256(version.encode()).hexdigest()[:16]}-{path.name}.gz"
        packed = self._packed / name
        if not packed.exists():
            self._packed.mkdir(parents=True, exist_ok=True)
            with NamedTemporaryFile(dir=self._packed, delete=False) as file:
                file.write(gzip.compress(path.read_bytes(), compresslevel=9, mtime=0))
            Path(file.name).replace(packed)
        return packed


def _can_be_packed(path: str, found: os.stat_result) -> bool:
    is_text = Path(path).suffix in TEXTS
    return is_text and stat.S_ISREG(found.st_mode) and found.st_size >= SMALL
