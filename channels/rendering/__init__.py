"""Parts of a `Sending` as the messages of a channel, within its limits."""

from __future__ import annotations

from channels.rendering.renderer import Renderer

__all__ = ["Renderer"]
