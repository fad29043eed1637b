"""A moment as programs write it: "2026-11-21T10:30", with seconds and a zone or without."""

from __future__ import annotations

import re

STAMP = re.compile(
    r"\b(?P<year>\d{4})-(?P<month>\d\d)-(?P<day>\d\d)[T ]"
    r"(?P<hour>[01]\d|2[0-3]):(?P<minute>[0-5]\d)"
    r"(?::[0-5]\d(?:\.\d+)?)?(?:Z|[+-]\d\d:?\d\d)?(?![\w:])(?! ?[AaPp]\.?[ \u00a0\u202f]?[Mm]\b)"
    r"(?P<stop>\.(?=\s|$))?"
)
