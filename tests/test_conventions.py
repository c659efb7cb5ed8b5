"""Sizes, empty package files, and locks that agree with pyproject.toml."""

from __future__ import annotations

import ast
import re
import tomllib
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
PACKAGE = ROOT / "pipeline"
LOCKS = ("requirements.lock", "requirements-test.lock")
MODULES = sorted([*PACKAGE.rglob("*.py"), *(ROOT / "tests").rglob("*.py")])


def name_of(path: Path) -> str:
    return path.relative_to(ROOT).as_posix()


def normalised(requirement: str) -> str:
    """The project name of a requirement, as PEP 503 compares names."""
    found = re.match(r"[A-Za-z0-9._-]+", requirement)
    assert found, requirement
    return re.sub(r"[-_.]+", "-", found[0]).lower()


def entries(lock: str) -> dict[str, str]:
    """Each locked project and the text of its entry: version, marker and hashes."""
    lines = (ROOT / lock).read_text(encoding="utf-8").splitlines()
    text = "\n".join(line for line in lines if not line.lstrip().startswith("#"))
    found = re.split(r"\n(?=\S)", text.strip())
    assert len({normalised(entry) for entry in found}) == len(found)
    return {normalised(entry): entry for entry in found}


def version(entry: str) -> str:
    found = re.match(r"\S+==(\S+)", entry)
    assert found, entry
    return found[1]


@pytest.fixture(scope="module")
def project() -> dict[str, list[str]]:
    """Requirements by the lock that must hold them."""
    settings = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    groups = settings["dependency-groups"]
    return {
        "requirements.lock": settings["project"]["dependencies"] + groups["build"],
        "requirements-test.lock": groups["test"],
    }


@pytest.mark.parametrize("path", MODULES, ids=name_of)
def test_no_module_holds_two_ideas(path: Path) -> None:
    lines = path.read_text(encoding="utf-8").count("\n")
    assert lines <= 400


@pytest.mark.parametrize("path", sorted(PACKAGE.rglob("__init__.py")), ids=name_of)
def test_package_files_hold_no_code_but_the_list_of_sources(path: Path) -> None:
    tree = ast.parse(path.read_text(encoding="utf-8"))
    assert ast.get_docstring(tree)
    rest = tree.body[1:]
    if path == PACKAGE / "extract" / "__init__.py":
        made = [node for node in rest if not isinstance(node, (ast.ImportFrom, ast.Expr, ast.If))]
        assert [ast.unparse(node).split("(")[0].split(":")[0] for node in made] == [
            "def sources",
            "PUBLISHERS",
            "ENTITIES",
        ]
        rest = []
    assert rest == []


def test_every_package_has_its_file() -> None:
    folders = {path.parent for path in PACKAGE.rglob("*.py")}
    assert [name_of(folder) for folder in folders if not (folder / "__init__.py").is_file()] == []


@pytest.mark.parametrize("lock", LOCKS)
def test_lock_names_no_index_and_no_path(lock: str) -> None:
    text = (ROOT / lock).read_text(encoding="utf-8")
    assert "://" not in text
    assert " @ " not in text
    # A path in a comment is the name of an input beside the lock; nothing else has a slash.
    assert "/" not in text
    options = {line.split()[0] for line in text.splitlines() if line.startswith("-")}
    assert options == set()


@pytest.mark.parametrize("lock", LOCKS)
def test_lock_pins_each_project_with_hashes(lock: str) -> None:
    for entry in entries(lock).values():
        assert re.match(r"[a-z0-9-]+==[0-9][\w.]*( ;|\s)", entry), entry
        assert re.findall(r"--hash=sha256:[0-9a-f]{64}\b", entry), entry


@pytest.mark.parametrize("lock", LOCKS)
def test_lock_holds_every_requirement(lock: str, project: dict[str, list[str]]) -> None:
    assert {normalised(requirement) for requirement in project[lock]} <= entries(lock).keys()


def test_locks_agree() -> None:
    run, test = (entries(lock) for lock in LOCKS)
    assert {name: version(test[name]) for name in run.keys() & test} == {
        name: version(run[name]) for name in run.keys() & test
    }


def test_duckdb_is_the_decided_release() -> None:
    # Its files outlive a release, and releases below it lost committed rows on a full disk.
    assert version(entries("requirements.lock")["duckdb"]) == "1.5.5"


def test_typed_marker_is_shipped() -> None:
    assert (PACKAGE / "py.typed").is_file()
