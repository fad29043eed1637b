"""Locks, `.env.example` and `docs/dependencies.md` say what the project says."""

from __future__ import annotations

import os
import re
import subprocess
import tomllib
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from contracts.settings import Settings

pytestmark = pytest.mark.unit

ROOT = Path(__file__).parents[2]
LOCKS = (
    "requirements.lock",
    "requirements-dev.lock",
    "requirements-llm.lock",
    "infra/bootstrap.lock",
)


def read(path: str) -> str:
    return (ROOT / path).read_text("utf-8")


def pins(lock: str) -> dict[str, list[str]]:
    """Each pinned requirement of a lock (name==version; markers), with its hashes."""
    joined = re.sub(r"\\\n", " ", read(lock))
    lines = [line for line in joined.splitlines() if line and not line.lstrip().startswith("#")]
    return {line.split(" --hash=")[0].strip(): line.split(" --hash=")[1:] for line in lines}


def names(lock: str) -> dict[str, set[str]]:
    """The versions a lock has of each package."""
    found: dict[str, set[str]] = {}
    for pin in pins(lock):
        requirement = Requirement(pin)
        found.setdefault(canonicalize_name(requirement.name), set()).add(str(requirement.specifier))
    return found


def direct(*extras: str) -> list[Requirement]:
    """What the product asks for, and these extras."""
    project = tomllib.loads(read("pyproject.toml"))["project"]
    groups = [project["dependencies"], *(project["optional-dependencies"][e] for e in extras)]
    return [Requirement(text) for group in groups for text in group]


@pytest.mark.parametrize("lock", LOCKS)
def test_every_pin_of_a_lock_is_exact_and_has_hashes(lock: str) -> None:
    assert pins(lock)
    for pin, hashes in pins(lock).items():
        assert re.match(r"^[A-Za-z0-9._\[\],-]+==\S+", pin), pin
        assert hashes, f"{pin} has no hash"
        assert all(re.fullmatch(r"sha256:[0-9a-f]{64}", one.strip()) for one in hashes), pin


@pytest.mark.parametrize("lock", LOCKS)
def test_a_lock_names_no_address(lock: str) -> None:
    text = read(lock)
    assert "://" not in text
    assert not re.search(r"^\s*(-i|-f|--(extra-)?index-url|--find-links)\b| @ ", text, re.M)


def test_the_locks_hold_what_the_project_asks_for() -> None:
    for requirement in direct():
        assert canonicalize_name(requirement.name) in names("requirements.lock")
    locked = names("requirements-dev.lock") | names("requirements-llm.lock")
    for requirement in direct("build", "dev", "llm"):
        versions = locked[canonicalize_name(requirement.name)]
        assert any(requirement.specifier.contains(one.removeprefix("==")) for one in versions)


def test_the_test_lock_has_the_versions_that_the_product_runs_with() -> None:
    tested = names("requirements-dev.lock")
    differing = {
        name: (versions, tested.get(name))
        for name, versions in names("requirements.lock").items()
        if tested.get(name) != versions
    }
    assert differing == {}


def test_every_direct_dependency_has_its_reason() -> None:
    text = read("docs/dependencies.md")
    asked = direct("build", "dev", "llm")
    first = {re.sub(r"-part\d+$", "-part1", one.name) for one in asked}  # pieces are one thing
    assert [name for name in first if f"`{name}`" not in text] == []


def test_the_example_settings_are_all_of_them_and_the_defaults() -> None:
    given = re.findall(r"^([A-Z_]+)=", read(".env.example"), re.M)
    fields = Settings.model_fields.items()
    assert given == [str(field.validation_alias or name).upper() for name, field in fields]
    example = Settings(_env_file=ROOT / ".env.example")
    assert example == Settings(_env_file=None)


def test_every_example_setting_is_below_a_comment_of_its_group() -> None:
    for group in read(".env.example").strip().split("\n\n"):
        assert group.startswith("#"), group


def test_make_help_lists_every_target() -> None:
    declared = re.search(r"^\.PHONY: (.+)$", read("Makefile"), re.M)
    assert declared is not None
    shown = subprocess.run(
        ["make", "--no-print-directory", "help"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
        env={"PATH": os.environ["PATH"]},
    ).stdout
    assert {line.split()[0] for line in shown.splitlines()} == set(declared[1].split())


def test_the_ci_script_is_runnable_shell() -> None:
    script = ROOT / ".ci" / "run"
    assert os.access(script, os.X_OK)
    subprocess.run(["bash", "-n", str(script)], check=True)
