"""The garbage collector, once everything is loaded."""

from __future__ import annotations

import gc


def spare_the_loaded() -> None:
    """What is there by now lives as long as the process. Looking through it again and again would
    hold up turns for several milliseconds each, so the collector leaves it out from here on."""
    gc.collect()
    gc.freeze()
