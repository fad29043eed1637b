"""The order in which the options of a command were given: typer hands each its values alone."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import typer
from typer.core import TyperCommand

_GIVEN = "throughline.given"


class InOrder(TyperCommand):
    """A command that can tell."""

    def parse_args(self, ctx: Any, args: list[str]) -> list[str]:
        _, _, given = self.make_parser(ctx).parse_args(list(args))
        ctx.meta[_GIVEN] = [str(option.name) for option in given]
        return super().parse_args(ctx, args)


def given(ctx: typer.Context, **options: Sequence[Any] | None) -> list[tuple[str, Any]]:
    """The values of these options by their names, as they were given on the command line."""
    values = {name: iter(several or ()) for name, several in options.items()}
    return [(name, next(values[name])) for name in ctx.meta[_GIVEN] if name in values]
