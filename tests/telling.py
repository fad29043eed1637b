"""What a customer is told of a call, and whether English is left in it."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from contracts.messages import Card, Choices, Link
from contracts.tooling import AskAgain, Cannot, Confirmation, Done, Result
from tests.utility import Utility

# Function words that no Spanish sentence has; OR is Oregon.
ENGLISH = re.compile(
    r"\b(your|the|is|are|to|of|and|(?-i:or)|from|you|we|it|on|for|with|will|not)\b",
    re.IGNORECASE,
)


def texts_of(result: Result | Confirmation) -> Iterator[str]:
    """All that a customer is told or shown."""
    match result:
        case Confirmation():
            yield result.read_back
        case Cannot():
            yield from (result.say, result.next)
        case Done() | AskAgain():
            yield result.say
            for part in result.show:
                yield from shown(part)
        case _:
            raise AssertionError(result)


def shown(part: object) -> Iterator[str]:
    if isinstance(part, Card):
        yield part.title
        for row in part.rows:
            yield from row
    elif isinstance(part, Choices):
        yield part.prompt
        yield from (option.label for option in part.options)
    elif isinstance(part, Link):
        yield part.label


async def both(
    utility: Utility, tool: str, who: str = "Maria", /, **raw: Any
) -> list[Result | Confirmation]:
    """What is read back of a call, where anything is, and what comes of it."""
    call = await utility.call(who, agent="service")
    spec = utility.toolbox.by_name[tool]
    found: list[Result | Confirmation] = []
    if spec.read_back is not None:
        found.append(await utility.read_back(tool, call, **raw))
    return [*found, await utility.run(tool, call, **raw)]
