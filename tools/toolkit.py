"""How a tool is declared: once, at its function.

The signature gives the arguments' model, the Google-style docstring gives the descriptions, the
decorator gives the rest. Nothing is registered: a module ends with its tuple `TOOLS`.
"""

from __future__ import annotations

import inspect
import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Annotated, Any, get_type_hints

from pydantic import BaseModel, ConfigDict, Field, create_model

from contracts.errors import ConfigurationError
from contracts.identity import Rung
from contracts.tooling import Body, Effect, ReadBack, ToolSpec

EVERY_AGENT = ("*",)  # granted to each agent there is, but not a hand-off to its own target
LONGEST_ARGUMENT = 2_000  # characters


@dataclass(frozen=True, slots=True)
class Marker:
    """Something the toolbox needs to know of an argument beyond its type."""

    name: str


WANTED = Marker("wanted")  # asked of the model, never waited for
OWN_ACCOUNT = Marker("own account")  # has to be the customer's own, or is refused

OwnAccount = Annotated[
    str | None,
    OWN_ACCOUNT,
    Field(description="Leave out: the customer's own account is used."),
]

_STRICT = ConfigDict(
    extra="forbid",
    frozen=True,
    coerce_numbers_to_str=True,
    str_strip_whitespace=True,
    str_max_length=LONGEST_ARGUMENT,
)
_ENTRY = re.compile(r"^(\w+)\s*(?:\([^)]*\))?:\s*(.*)$")


def tool(
    *,
    effect: Effect,
    rung: Rung,
    grants: Iterable[str] = (),
    step: str,
    confirm: ReadBack | None = None,
    goes_to: str | None = None,
    secret: Iterable[str] = (),
    by_graph: bool = False,
) -> Callable[[Body], ToolSpec]:
    """Turn an async function `(call, **arguments) -> Result` into a `ToolSpec`.

    confirm: what is read back before the customer's yes; without it no yes is needed.
    secret: arguments that are masked wherever a call is kept or shown. by_graph: no agent holds it,
    and no model is told of it.
    Raises ConfigurationError where signature and docstring do not agree.
    """

    def declare(body: Body) -> ToolSpec:
        description, notes = read_docstring(body)
        return ToolSpec(
            name=body.__name__,
            description=description,
            args=_arguments_of(body, notes),
            body=body,
            effect=effect,
            rung=rung,
            grants=frozenset(grants),
            step=step,
            read_back=confirm,
            goes_to=goes_to,
            secret_args=frozenset(secret),
            by_graph=by_graph,
        )

    return declare


def read_docstring(body: Body) -> tuple[str, dict[str, str]]:
    """The description, and what the `Args:` section says of each argument."""
    text, _, section = (inspect.getdoc(body) or "").partition("\nArgs:\n")
    if not text.strip():
        raise ConfigurationError(f"the tool {body.__name__} has no docstring")
    return " ".join(text.split()), _entries(section)


def is_marked(spec: ToolSpec, argument: str, marker: Marker) -> bool:
    return marker in spec.args.model_fields[argument].metadata


def wanted_of(spec: ToolSpec) -> list[str]:
    """The arguments a model has to give; a missing one that is only WANTED is tolerated."""
    fields = spec.args.model_fields
    return [n for n, f in fields.items() if f.is_required() or is_marked(spec, n, WANTED)]


def _entries(section: str) -> dict[str, str]:
    notes: dict[str, str] = {}
    name = ""
    for line in section.splitlines():
        entry = _ENTRY.match(line.strip())
        if entry and len(line) - len(line.lstrip()) <= 4:
            name = entry.group(1)
            notes[name] = entry.group(2)
        elif name:
            notes[name] = f"{notes[name]} {line.strip()}".strip()
    return notes


def _arguments_of(body: Body, notes: dict[str, str]) -> type[BaseModel]:
    hints = get_type_hints(body, include_extras=True)
    parameters = list(inspect.signature(body).parameters.values())[1:]  # the first is the call
    unknown = set(notes) - {p.name for p in parameters}
    if unknown:
        raise ConfigurationError(f"{body.__name__} documents unknown arguments: {sorted(unknown)}")
    fields = {p.name: _field(p, hints[p.name], notes) for p in parameters}
    model: type[BaseModel] = create_model(body.__name__, __config__=_STRICT, **fields)
    silent = [name for name, field in model.model_fields.items() if not field.description]
    if silent:
        raise ConfigurationError(f"{body.__name__} says nothing of its arguments {silent}")
    return model


def _field(parameter: inspect.Parameter, hint: Any, notes: dict[str, str]) -> Any:
    default = ... if parameter.default is parameter.empty else parameter.default
    note = notes.get(parameter.name)
    return (Annotated[hint, Field(description=note)] if note else hint, default)
