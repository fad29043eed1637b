"""Engines that run here: they hear and speak without a key or a network."""

from voice.engines.local.engines import LocalEngines

__all__ = ["LocalEngines"]
