"""The demo utility: a seeded generator of customers, premises, bills and outages."""

from stores.seed.write import ensure_seeded, refresh_demo, seed

__all__ = ["ensure_seeded", "refresh_demo", "seed"]
