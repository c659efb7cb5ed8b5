"""Imports point one way, and so do the reads of the SQL files."""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from pipeline.estimate.tables import TABLES
from pipeline.extract import ENTITIES
from pipeline.resources import SQL
from pipeline.warehouse import reads

ROOT = Path(__file__).resolve().parents[1]

MAY_READ = {
    "staging": {"raw"},
    "marts": {"staging", "marts"},
    "estimates": {"marts", "estimates"},
    "reports": {"marts", "estimates"},
    "examples": {"marts", "estimates"},
    "checks": {"raw", "staging", "marts", "estimates"},
}
# Written by the program itself rather than by a source.
LEDGER = {"build", "confirmation", "gap", "lineage", "membership", "outage"}
LEDGER |= {"payload", "quarantine", "run"}

FILES = sorted(SQL.rglob("*.sql"))


def lint_imports(checkout: Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [Path(sys.executable).with_name("lint-imports"), "--no-cache"],
        cwd=checkout,
        text=True,
        capture_output=True,
        timeout=120,
        check=False,
    )


def test_import_contracts_hold() -> None:
    done = lint_imports(ROOT)
    assert done.returncode == 0, done.stdout + done.stderr


def test_import_contracts_would_report_a_breach(tmp_path: Path) -> None:
    shutil.copytree(ROOT / "pipeline", tmp_path / "pipeline")
    shutil.copy(ROOT / "pyproject.toml", tmp_path)
    planted = {
        "payload.py": "from pipeline import run",  # upwards
        "estimate/scenario.py": "from pipeline import load",  # sideways
        # unlisted
        "stray.py": "import duckdb, jinja2, weasyprint, vl_convert, babel, numpy, requests\n"
        "import xlsxwriter",
    }
    for file, line in planted.items():
        with (tmp_path / "pipeline" / file).open("a", encoding="utf-8") as module:
            module.write(f"\n{line}\n")
    done = lint_imports(tmp_path)
    assert done.returncode == 1, done.stdout + done.stderr
    kept = re.findall(r"^(.+) KEPT", done.stdout, re.MULTILINE)
    broken = re.findall(r"^(.+) BROKEN", done.stdout, re.MULTILINE)
    assert kept == []
    assert len(broken) == 9
    for finding in ("pipeline.payload", "pipeline.estimate", "pipeline.stray"):
        assert finding in done.stdout


def test_sql_files_lie_in_a_layer() -> None:
    assert {path.parent for path in FILES} == {SQL / layer for layer in MAY_READ}
    others = [path for path in SQL.rglob("*") if path.is_file() and path.suffix != ".sql"]
    assert others == [SQL / "columns.toml"]


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.relative_to(SQL).as_posix())
class TestSqlFile:
    def test_header(self, path: Path) -> None:
        lines = path.read_text(encoding="utf-8").splitlines()
        header = []
        for line in lines:
            if not line.startswith("--"):
                break
            header.append(line.removeprefix("--").strip())
        text = " ".join(header)
        assert text.startswith("description: ")
        text = re.sub(r" (incremental|reach|rests on): .*", "", text)
        description, _, grain = text.partition(" grain: ")
        assert "One row per " in description
        assert description.endswith(".")
        if path.parent.name != "checks":
            assert re.match(r"[a-z_0-9]+(, [a-z_0-9]+)*( |$)", grain)

    def test_reads_downwards_and_only_what_exists(self, path: Path) -> None:
        # reads() refuses what is not exactly one select.
        found = reads(path.read_text(encoding="utf-8"))
        assert {table.partition(".")[0] for table in found} <= MAY_READ[path.parent.name]
        assert found <= tables()
        assert f"{path.parent.name}.{path.stem}" not in found

    def test_reads_no_file(self, path: Path) -> None:
        # A model that opens files would escape the payload store and the knowledge cut-off.
        sql = path.read_text(encoding="utf-8")
        assert not re.search(
            r"\b(read_\w+|\w*_scan|glob)\s*\(|\b(from|join)\s+'", sql, re.IGNORECASE
        )

    def test_takes_no_variable_and_no_clock(self, path: Path) -> None:
        # Equal raw tables give equal marts: what a file was built for stands in marts.build.
        sql = path.read_text(encoding="utf-8")
        forbidden = r"\b((getvariable|now|today|random|uuid)\s*\(|current_(date|time|timestamp)\b)"
        assert not re.search(forbidden, re.sub(r"--.*", "", sql), re.IGNORECASE)


def tables() -> set[str]:
    """Every table that something makes."""
    models = {f"{path.parent.name}.{path.stem}" for path in FILES}
    raw = {f"raw.{source}__{entity}" for source, entity in ENTITIES}
    return models | raw | {f"raw.capbrief__{name}" for name in LEDGER} | set(TABLES)


def test_no_table_is_made_twice() -> None:
    models = {f"{path.parent.name}.{path.stem}" for path in FILES}
    assert models & set(TABLES) == set()
