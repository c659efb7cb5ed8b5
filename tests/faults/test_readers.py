"""Readers in other processes while a run writes, and where nobody may write at all."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from typing import TYPE_CHECKING

import duckdb
import pytest

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from tests.faults.conftest import Home, Start  # noqa: TID251 - for its types only

# A plain DuckDB client: no code of capbrief, and the link as its users write it.
_LOOP = """
import json, os, sys, time
import duckdb
link = sys.argv[1]
tables = ("staging.coingecko__market", "marts.token_day", "marts.lineage")
counts = ", ".join(f"(select count(*) from {one})" for one in tables)
while not os.path.exists(sys.argv[2]):
    with duckdb.connect(link, read_only=True) as connection:
        # Two queries: a reader that met half of a version would find two halves.
        path = connection.execute("select path from duckdb_databases() where not internal")
        path = path.fetchall()[0][0]
        first = connection.execute(f"select {counts}").fetchall()[0]
        booked = connection.execute(
            "select sum(n_rows)::bigint from capbrief.partition where table_name in " + str(tables)
        ).fetchall()[0][0]
        again = connection.execute(f"select {counts}").fetchall()[0]
    print(json.dumps([time.time(), path, first, again, booked]), flush=True)
"""


def test_a_reader_beside_a_run_sees_whole_versions_and_no_error(
    good: Home, start: Start, tmp_path: Path
) -> None:
    link = good.path / "warehouse" / "warehouse.duckdb"
    stop = tmp_path / "stop"
    with subprocess.Popen(
        [sys.executable, "-c", _LOOP, str(link), str(stop)],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    ) as reader:
        assert reader.stdout is not None
        reads = [json.loads(reader.stdout.readline())]
        run = start("run", "--no-report")
        run.communicate(timeout=120)
        time.sleep(0.5)  # long enough for one more read
        stop.touch()
        out, err = reader.communicate(timeout=60)
    reads += [json.loads(line) for line in out.splitlines()]
    assert (run.returncode, reader.returncode, err) == (0, 0, "")
    assert len(reads) > 5
    for _, _, first, again, booked in reads:
        assert first == again
        assert sum(first) == booked
    states = [tuple(first) for _, _, first, _, _ in reads]
    # The state of before, then that of after, and never one between them or back.
    assert len(set(states)) == 2
    assert states == sorted(states)
    with duckdb.connect(link.resolve(), read_only=True) as connection:
        tables = ("staging.coingecko__market", "marts.token_day", "marts.lineage")
        published = tuple(
            connection.execute(f"select count(*) from {one}").fetchall()[0][0] for one in tables
        )
    assert states[-1] == published


# Root may write anywhere, so it becomes somebody else, once all that is imported can be read.
_AS_A_READER = """
import encodings.utf_8_sig, os, sys
import duckdb, polars
import importlib, pkgutil
import pipeline
for one in pkgutil.walk_packages(pipeline.__path__, "pipeline."):
    if one.name != "pipeline.__main__":
        importlib.import_module(one.name)
from pipeline import cli
if os.geteuid() == 0:
    os.setgroups([])
    os.setgid(65534)
    os.setuid(65534)
sys.exit(cli.main())
"""


@pytest.fixture
def as_a_reader(good: Home) -> Callable[..., subprocess.CompletedProcess[str]]:
    """A command of somebody who may read the home, and write nothing of it."""
    for path in [good.path, *good.path.rglob("*")]:
        if not path.is_symlink():
            path.chmod(0o555 if path.is_dir() else 0o444)
    # pytest's own folders are for their owner alone.
    for folder in good.path.parents[:3]:
        folder.chmod(0o755)

    def play(*arguments: str) -> subprocess.CompletedProcess[str]:
        command = [sys.executable, "-c", _AS_A_READER, *arguments, "--home", str(good.path)]
        # By the real clock the home is old.
        patient = {"CAPBRIEF_FRESHNESS__ERROR_HOURS": "1000000"}
        return subprocess.run(
            command, capture_output=True, text=True, check=False, env=os.environ | patient
        )

    return play


@pytest.mark.parametrize(
    # A query runs in a process of its own, whose Python somebody else may not be let read here.
    "command",
    [("status",), ("check",), ("sources",), ("estimate", "base")],
)
def test_f53_who_may_only_read_is_answered(
    good: Home,
    as_a_reader: Callable[..., subprocess.CompletedProcess[str]],
    command: tuple[str, ...],
) -> None:
    ended = as_a_reader(*command)
    assert ended.returncode == 0, ended.stderr
    good.must_have_lost_nothing()


@pytest.mark.parametrize("command", [("check",), ("estimate", "base")])
def test_f53_who_may_read_the_warehouse_alone_is_answered(
    good: Home,
    as_a_reader: Callable[..., subprocess.CompletedProcess[str]],
    command: tuple[str, ...],
) -> None:
    """All else of the home is made for its owner alone."""
    for name in ("state", "payloads"):
        (good.path / name).chmod(0o700)
    ended = as_a_reader(*command)
    assert ended.returncode == 0, ended.stderr
    told = as_a_reader("status")
    assert told.returncode == 8
    assert "run it as a user who may" in told.stderr
    assert told.stderr.count('"failed"') == 1


@pytest.mark.parametrize(
    ("command", "why"),
    [
        (("build",), "may write there"),
        (("estimate", "--as-of", "2026-11-22T12:00"), "needs a file of its own below"),
    ],
    ids=["build", "as-of"],
)
def test_f53_who_may_not_write_is_told_so_in_one_line(
    good: Home,
    as_a_reader: Callable[..., subprocess.CompletedProcess[str]],
    command: tuple[str, ...],
    why: str,
) -> None:
    ended = as_a_reader(*command)
    assert ended.returncode == 8, ended.stderr
    events = [json.loads(line) for line in ended.stderr.splitlines()]
    messages = [one["message"] for one in events if one["event"] == "failed"]
    assert len(messages) == 1
    assert str(good.path) in messages[0]
    assert why in messages[0]
    good.must_have_lost_nothing()
