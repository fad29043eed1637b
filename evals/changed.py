"""What changed since a case was last played: digests of what makes an agent what it is.

An agent's folder (prompt, settings, policies), the modules of the tools it holds with the phrases
beside them, and whatever of `tools` those import. The graph and the models are everybody's: what
changes there is no change of an agent.
"""

from __future__ import annotations

import ast
import hashlib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from app.scenario import SCENARIOS, load_scenario
from contracts.errors import ConfigurationError
from evals.case import Case
from evals.result import Record, Run
from evals.runs import Entry, Runs
from tools import load_tools

ROOT = Path(__file__).resolve().parent.parent
PROMPT = "prompt.md"


def digests(scenario: str, prompts: Mapping[str, str]) -> dict[str, str]:
    """A digest of each agent. prompts: texts instead of agents' own. Raises ConfigurationError for
    a prompt of an agent there is not."""
    agents = load_scenario(scenario).agents
    if unknown := sorted(prompts.keys() - agents.keys()):
        known = ", ".join(agents)
        raise ConfigurationError(f"there is no agent {unknown[0]!r}; there are {known}")
    toolbox = load_tools(agents)
    found, imports = {}, dict[Path, set[str]]()
    for name in agents:
        modules = {spec.body.__module__ for spec in toolbox.granted_to(name)}
        parts = dict(_folder(SCENARIOS / scenario / "agents" / name))
        if name in prompts:
            parts[PROMPT] = prompts[name].encode()
        found[name] = _digest(parts | dict(_modules(modules, imports)))
    return found


def _digest(parts: Mapping[str, bytes]) -> str:
    whole = hashlib.sha256()
    for name in sorted(parts):
        whole.update(name.encode() + b"\0" + hashlib.sha256(parts[name]).digest())
    return whole.hexdigest()[:16]


def _folder(folder: Path) -> Iterator[tuple[str, bytes]]:
    for path in folder.rglob("*"):
        if path.is_file():
            yield path.relative_to(folder).as_posix(), path.read_bytes()


def _modules(names: set[str], imports: dict[Path, set[str]]) -> Iterator[tuple[str, bytes]]:
    """The files of these modules, and of all that they import from `tools`. imports: what was
    read of other agents' modules already."""
    waiting, seen = sorted(names), set(names)
    while waiting:
        path = _file(waiting.pop())
        for one in (path, path.with_suffix(".phrases.yaml")):
            if one.is_file():
                yield one.relative_to(ROOT).as_posix(), one.read_bytes()
        if path not in imports:
            imports[path] = _imports(path)
        more = imports[path] - seen
        seen |= more
        waiting += sorted(more)


def _file(module: str) -> Path:
    path = ROOT.joinpath(*module.split("."))
    return path / "__init__.py" if path.is_dir() else path.with_suffix(".py")


def _imports(path: Path) -> set[str]:
    """The modules of `tools` that a module imports."""
    names = set[str]()
    for node in ast.walk(ast.parse(path.read_text("utf-8"))):
        if isinstance(node, ast.ImportFrom) and node.module:
            names |= {node.module, *(f"{node.module}.{alias.name}" for alias in node.names)}
        elif isinstance(node, ast.Import):
            names |= {alias.name for alias in node.names}
    ours = (name for name in names if name.startswith("tools."))
    return {name for name in ours if _file(name).is_file()}


def whole_agents(played: Sequence[Case], every: Sequence[Case]) -> set[str]:
    """The agents all of whose cases were played."""
    left_out = {case.agent for case in every} - {case.agent for case in played}
    ids = {case.id for case in played}
    return {c.agent for c in every} - left_out - {c.agent for c in every if c.id not in ids}


@dataclass(frozen=True, slots=True)
class Since:
    """agents: those that changed, each with the run that knew it last (None: none did)."""

    agents: Mapping[str, Entry | None]

    def cases(self, cases: Sequence[Case]) -> list[Case]:
        return [case for case in cases if case.agent in self.agents]

    def told(self) -> Iterator[str]:
        for name, run in self.agents.items():
            if run is None:
                yield f"{name} was not played before"
            else:
                yield f"{name} changed since {run.label} of {run.at:%Y-%m-%d %H:%M}"


def since(listed: Sequence[Entry], model: str, now: Mapping[str, str]) -> Since:
    """Which agents differ from when they were last played on this model. listed: runs, oldest
    first."""
    ours = [run for run in reversed(listed) if run.model == model]
    last = {name: next((r for r in ours if name in r.prompts), None) for name in now}
    return Since({n: r for n, r in last.items() if r is None or r.prompts[n] != now[n]})


def before(runs: Runs, model: str, cases: Sequence[Case]) -> Run | None:
    """What these cases came to when they were last played on this model, from as many runs as it
    takes; None where none of them was."""
    wanted, records, from_runs = {case.id for case in cases}, list[Record](), list[Run]()
    for listed in reversed(runs.listed()):
        if not wanted:
            break
        if listed.model != model:
            continue
        run = runs.load(listed.file)
        held = [record for record in run.records if record.case in wanted]
        wanted -= {record.case for record in held}
        records += held
        if held:
            from_runs.append(run)
    if not from_runs:
        return None
    labels = " and ".join(dict.fromkeys(run.label for run in from_runs))
    return from_runs[0].model_copy(update={"label": labels, "records": tuple(records)})
