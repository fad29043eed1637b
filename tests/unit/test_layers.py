"""Who may import whom, who may read the environment, and that our package names are ours."""

from __future__ import annotations

import ast
import tomllib
from collections.abc import Iterator
from importlib.metadata import packages_distributions
from pathlib import Path

import pytest

pytestmark = pytest.mark.unit

ROOT = Path(__file__).parents[2]

LAYERS = (  # from the top; each imports from those below it, and from none beside it
    {"cli", "ui", "evals"},
    {"app"},
    {"channels", "voice"},
    {"gateway"},
    {"graph"},
    {"nodes"},
    {"tools", "models"},
    {"stores", "emulator"},
    {"contracts"},
)
RANK = {name: rank for rank, names in enumerate(LAYERS) for name in names}
ONLY_CONTRACTS = {"stores", "emulator", "tools", "models"}
# `throughline serve` serves the web application, `throughline eval` runs the evals; those of calls
# ring the product as it is served.
BESIDE = {("cli", "ui"), ("cli", "evals"), ("evals", "ui")}

READS_ENVIRONMENT = {"contracts/settings.py"}
SETS_ENVIRONMENT = {"ui/chat/frontend.py"}  # Chainlit takes its folders and secret in no other way


def modules() -> Iterator[tuple[str, str, ast.Module]]:
    """Each module of ours: its package, its path and its syntax."""
    for package in RANK:
        for path in sorted((ROOT / package).rglob("*.py")):
            yield package, path.relative_to(ROOT).as_posix(), ast.parse(path.read_text("utf-8"))


def imported(tree: ast.Module) -> set[str]:
    """The top-level packages a module imports, wherever in it that is written."""
    names: list[str] = []
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            names += [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom) and node.module and node.level == 0:
            names.append(node.module)
    return {name.partition(".")[0] for name in names}


def is_allowed(package: str, target: str) -> bool:
    if target == package or (package, target) in BESIDE:
        return True
    if package in ONLY_CONTRACTS:
        return target == "contracts"
    return RANK[target] > RANK[package]


def environment_uses(tree: ast.Module) -> tuple[int, int]:
    """How often a module touches the environment, and how often only to set something."""
    touched = [node for node in ast.walk(tree) if _is_environment(node)]
    written = [
        node
        for node in ast.walk(tree)
        if (isinstance(node, ast.Subscript) and isinstance(node.ctx, ast.Store | ast.Del))
        or (isinstance(node, ast.Attribute) and node.attr == "update")
    ]
    return len(touched), sum(_is_environment(node.value) for node in written)


def _is_environment(node: ast.AST) -> bool:
    if isinstance(node, ast.ImportFrom):
        return node.module == "os" and any(a.name in {"environ", "getenv"} for a in node.names)
    return (
        isinstance(node, ast.Attribute)
        and node.attr in {"environ", "environb", "getenv"}
        and isinstance(node.value, ast.Name)
        and node.value.id == "os"
    )


def test_every_package_is_found() -> None:
    packages = {package for package, _, _ in modules()}
    assert packages == set(RANK)


def test_the_packages_are_those_that_are_installed() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))
    assert set(project["tool"]["hatch"]["build"]["targets"]["wheel"]["packages"]) == set(RANK)


def test_imports_point_downward() -> None:
    upward = [
        f"{path} imports {target}"
        for package, path, tree in modules()
        for target in sorted(imported(tree) & set(RANK))
        if not is_allowed(package, target)
    ]
    assert upward == []


def test_no_module_imports_relatively() -> None:
    relative = [
        path
        for _, path, tree in modules()
        if any(isinstance(node, ast.ImportFrom) and node.level for node in ast.walk(tree))
    ]
    assert relative == []


def test_only_settings_read_the_environment() -> None:
    offenders = []
    for _, path, tree in modules():
        touched, written = environment_uses(tree)
        allowed = written if path in SETS_ENVIRONMENT else 0
        if touched > allowed and path not in READS_ENVIRONMENT:
            offenders.append(path)
    assert offenders == []


@pytest.mark.parametrize(
    ("source", "uses"),
    [
        ("import os\nos.environ['A']", (1, 0)),
        ("import os\nos.getenv('A')", (1, 0)),
        ("from os import environ", (1, 0)),
        ("import os\nos.environ['A'] = 'b'", (1, 1)),
        ("import os\nos.environ.update(a='b')", (1, 1)),
        ("import os\nos.getpid()", (0, 0)),
    ],
)
def test_uses_of_the_environment_are_seen(source: str, uses: tuple[int, int]) -> None:
    assert environment_uses(ast.parse(source)) == uses


@pytest.mark.parametrize(
    ("package", "target", "allowed"),
    [
        ("cli", "app", True),
        ("cli", "ui", True),
        ("ui", "cli", False),
        ("nodes", "stores", True),
        ("tools", "stores", False),
        ("models", "tools", False),
        ("stores", "contracts", True),
        ("contracts", "stores", False),
        ("graph", "gateway", False),
    ],
)
def test_the_rule_itself(package: str, target: str, allowed: bool) -> None:
    assert is_allowed(package, target) is allowed


def test_no_other_distribution_claims_a_package_of_ours() -> None:
    """The project is installed editable, behind site-packages: a namesake would hide ours."""
    owners = packages_distributions()
    foreign = {
        name: sorted(set(owners.get(name, [])) - {"throughline"})
        for name in RANK
        if set(owners.get(name, [])) - {"throughline"}
    }
    assert foreign == {}
