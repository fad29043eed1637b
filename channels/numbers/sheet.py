"""The whole configuration as YAML: what is exported, kept elsewhere and imported again."""

from __future__ import annotations

from typing import Any

import yaml
from pydantic import ValidationError

from channels.numbers.entries import KINDS, LISTS, MODELS, Entry, entries_of
from channels.numbers.problem import Problem, Refused, shown
from contracts.errors import BadInput
from contracts.records import Configuration, Rule
from contracts.records.numbers import Kind

MAX_SHEET = 4_000_000  # characters
_PLAIN = (str, int, float)


class _Texts(yaml.SafeLoader):
    """Reads every value as text: a number with a plus would lose it, and a time would turn into
    seconds. Anchors are refused, since a few of them can stand for millions of entries."""

    yaml_implicit_resolvers = {  # noqa: RUF012 - as the class has it
        first: [(tag, match) for tag, match in known if tag == "tag:yaml.org,2002:null"]
        for first, known in yaml.SafeLoader.yaml_implicit_resolvers.items()
    }

    def compose_node(self, parent: Any, index: Any) -> Any:
        if self.check_event(yaml.AliasEvent):
            raise BadInput("the file has anchors (*name): write each entry out")
        return super().compose_node(parent, index)


def written(configuration: Configuration) -> str:
    """As YAML, without what goes without saying. `read` gives the same entries back."""
    content = {
        LISTS[kind]: [
            entry.model_dump(mode="json", exclude_defaults=True)
            for entry in entries_of(configuration, kind)
        ]
        for kind in KINDS
    }
    return yaml.safe_dump(content, sort_keys=False, allow_unicode=True, width=100)


def read(text: str) -> Configuration:
    """The entries of such a file. Raises BadInput where it can't be read at all, and Refused with
    the problems of its entries."""
    content = _content(text)
    unknown = sorted(str(key) for key in content if key not in LISTS.values())
    if unknown:
        raise BadInput(
            f'the file has "{shown(unknown[0])}", which means nothing here: use agents, channels '
            "and mappings"
        )
    found: dict[str, list[Entry]] = {}
    problems: list[Problem] = []
    for kind in KINDS:
        given = content.get(LISTS[kind]) or []
        if not isinstance(given, list):
            raise BadInput(f"{LISTS[kind]} has to be a list: begin each {kind} with a dash")
        found[LISTS[kind]] = [
            entry for at, raw in enumerate(given) if (entry := _entry(kind, at, raw, problems))
        ]
    if problems:
        raise Refused(tuple(problems))
    return Configuration.model_validate(found)


def _content(text: str) -> dict[str, Any]:
    if len(text) > MAX_SHEET:
        raise BadInput(f"the file is too large: {MAX_SHEET} characters at most")
    try:
        content = yaml.load(text, _Texts)  # noqa: S506 - a SafeLoader, of texts alone
    except (yaml.YAMLError, RecursionError) as error:
        mark = getattr(error, "problem_mark", None)
        where = f", line {mark.line + 1}" if mark else ""
        raise BadInput(f"the file is no YAML{where}: export one to see how it looks") from error
    if not isinstance(content, dict) or not content:
        raise BadInput("the file has to hold agents, channels and mappings: export one to see")
    return content


def _entry(kind: Kind, at: int, raw: Any, problems: list[Problem]) -> Entry | None:
    if not isinstance(raw, dict):
        problems.append(
            _problem(kind, f"#{at + 1}", "", f"{kind} {at + 1} has no fields: write name: value")
        )
        return None
    model = MODELS[kind]
    given = raw.get(f"{kind}_id")
    entry_id = str(given) if isinstance(given, _PLAIN) else f"#{at + 1}"
    problems.extend(
        _problem(
            kind, entry_id, field, f'The {kind} {shown(entry_id)} has no field "{shown(field)}".'
        )
        for field in _unknown(kind, raw)
    )
    try:
        return model.model_validate(raw)
    except ValidationError as error:
        problems.extend(
            _problem(kind, entry_id, field, f"The {kind} {shown(entry_id)}, {field}: {reason}.")
            for field, reason in reasons(error)
        )
    return None


def reasons(error: ValidationError) -> list[tuple[str, str]]:
    """Which field is wrong, and why. No value is repeated."""
    return [
        (
            ".".join(str(part) for part in it["loc"]) or "entry",
            it["msg"][:1].lower() + it["msg"][1:],
        )
        for it in error.errors(include_url=False, include_input=False)
    ]


def _unknown(kind: Kind, raw: dict[Any, Any]) -> list[str]:
    unknown = [str(key) for key in raw if key not in MODELS[kind].model_fields]
    if kind == "mapping" and isinstance(raw.get("rule"), dict):
        unknown += [f"rule.{key}" for key in raw["rule"] if key not in Rule.model_fields]
    return unknown


def _problem(kind: Kind, entry_id: str, field: str, message: str) -> Problem:
    return Problem(kind=kind, id=entry_id, field=field, message=message)
