"""What a benchmark's machine was busy with, so that its figures can be believed or not."""

from __future__ import annotations

import os
from pathlib import Path

_STAT = Path("/proc/stat")
_STOLEN = 7  # its place among the kernel's times: what the host gave to others


class Machine:
    """Made when the benchmark begins."""

    def __init__(self) -> None:
        self._began = _times()

    def __str__(self) -> str:
        """The cores, the load, and what of their time since then a virtual machine's host kept."""
        now = _times()
        spent = [after - before for before, after in zip(self._began, now, strict=True)]
        said = f"{os.cpu_count()} cores, load average {os.getloadavg()[0]:.1f}"
        if not sum(spent):
            return said
        return f"{said}, {spent[_STOLEN] / sum(spent):.0%} of their time kept by the host"


def _times() -> list[int]:
    """The cores' times by what they went to, in ticks; empty where the kernel tells none."""
    if not _STAT.exists():
        return []
    return [int(it) for it in _STAT.read_text("ascii").splitlines()[0].split()[1:9]]
