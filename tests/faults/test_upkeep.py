"""Prune, backup and restore beside runs and reports, killed, and over days of live history."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from contextlib import closing
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import duckdb
import pytest

from pipeline import cli, holder
from pipeline.settings import Settings

if TYPE_CHECKING:
    from pathlib import Path

    from tests.faults.conftest import Clock, Home, Start  # noqa: TID251 - for its types only

# Kills itself at the given unlink, rename or fsync.
_KILLED = """
import os, signal, sys
from pipeline import cli
left = int(sys.argv.pop(1))
def counted(real):
    def call(*arguments, **named):
        global left
        left -= 1
        if left < 0:
            os.kill(os.getpid(), signal.SIGKILL)
        return real(*arguments, **named)
    return call
for name in ("unlink", "rename", "replace", "fsync", "rmdir"):
    setattr(os, name, counted(getattr(os, name)))
sys.exit(cli.main())
"""


def content_hash(good: Home, *arguments: str) -> str:
    ended = good("build", *arguments, "--json")
    assert ended.code == 0, ended.message
    found: str = json.loads(ended.out)["content_hash"]
    return found


def killed(number: int, *arguments: str) -> int:
    return subprocess.run(
        [sys.executable, "-c", _KILLED, str(number), *arguments],
        capture_output=True,
        check=False,
        timeout=120,
    ).returncode


def old_reports(home: Path, number: int) -> None:
    for day in range(1, number + 1):
        folder = home / "reports" / f"market_2020-01-{day:02}"
        folder.mkdir(parents=True, exist_ok=True)
        for suffix in ("html", "pdf"):
            (folder / f"market.{suffix}").write_text("12345")


def test_f41_prune_and_backup_wait_for_the_lock(good: Home, tmp_path: Path) -> None:
    """F59: prune takes the writer's lock."""
    settings = Settings(data=good.path, state=good.path / "state")
    with holder.writing(settings):
        for command in (("prune",), ("backup", str(tmp_path / "file"))):
            ended = good(*command)
            assert ended.code == 5, ended.message
        assert good("prune", "--dry-run").code == 0
    good.must_have_lost_nothing()
    assert not (tmp_path / "file").exists()


def test_f59_who_has_a_version_open_keeps_it(good: Home, clock: Clock) -> None:
    """F59: a report that reads an older version while prune runs reads on."""
    link = good.path / "warehouse" / "warehouse.duckdb"
    with closing(duckdb.connect(link.resolve(), read_only=True)) as reader:
        before = reader.execute("select count(*) from marts.token_day").fetchall()
        assert good("run", "--no-report").code == 0
        assert good("prune").code == 0
        assert reader.execute("select count(*) from marts.token_day").fetchall() == before


def test_f59_history_goes_where_it_is_asked_for_and_nothing_else(good: Home, clock: Clock) -> None:
    """F59: cited days stay; a rebuild ends in the same tables; gaps are on record."""
    for day in ("2026-11-23", "2026-11-24"):
        clock.at(f"{day}T01:10:00+00:00")
        assert good("fetch").code == 0
    # Its files were written on the second day.
    folder = good.path / "reports" / "market-capacity_2026-11-22"
    at = datetime(2026, 11, 23, 12, tzinfo=UTC).timestamp()
    for path in folder.iterdir():
        os.utime(path, (at, at))
    clock.at("2027-01-05T01:10:00+00:00")
    assert good("fetch").code == 0
    before = content_hash(good)
    ended = good("prune", "--json")
    assert (ended.code, json.loads(ended.out)["removed"]) == (0, [])
    assert content_hash(good, "--full") == before
    ended = good("prune", "--payloads-keep-daily", "20", "--json")
    assert ended.code == 0, ended.message
    done = json.loads(ended.out)
    assert {one["reason"] for one in done["removed"]} == {"pruned from history"}
    # Of November stay the 22nd, its first day, and the 23rd, which the report cites.
    gone = {(one["dataset"], one["first_date"]) for one in done["history_given_up"]}
    assert {day for _, day in gone} == {"2026-11-24"}
    assert not any(dataset.startswith("market_chart/") for dataset, _ in gone)
    assert ("markets/artificial-intelligence", "2026-11-24") in gone
    assert good("check", "--payloads").code == 0
    after = content_hash(good)
    assert after == content_hash(good, "--full") != before
    noted = good.rows("select dataset, first_date from gap where reason like 'pruned%'")
    assert set(noted) == gone
    assert json.loads(good("prune", "--payloads-keep-daily", "20", "--json").out)["removed"] == []


@pytest.mark.parametrize("number", [1, 4, 5, 6, 9])
def test_f39_a_prune_that_is_killed_goes_on_next_time(good: Home, number: int) -> None:
    old_reports(good.path, 4)
    for path in good.path.glob("reports/*/*"):
        os.utime(path, (1.0, 1.0))
    arguments = ("prune", "--keep-last", "1", "--home", str(good.path))
    assert killed(number, *arguments) == -signal.SIGKILL
    assert good("check", "--payloads").code == 0
    assert good("prune", "--keep-last", "1").code == 0
    left = sorted(path.name for path in (good.path / "reports").iterdir())
    assert left == ["market-capacity_2026-11-22", "market_2020-01-04"]


@pytest.mark.parametrize("number", [2, 4, 5, 6, 7])
def test_f39_a_backup_that_is_killed_leaves_the_one_before(
    good: Home, tmp_path: Path, number: int
) -> None:
    file = tmp_path / "backups" / "file"
    assert good("backup", str(file)).code == 0
    before = file.read_bytes()
    code = killed(number, "backup", str(file), "--home", str(good.path))
    assert code == -signal.SIGKILL
    assert file.read_bytes() == before or good("restore", "--check", str(file)).code == 0
    assert good("backup", str(file)).code == 0
    assert [path.name for path in file.parent.iterdir()] == ["file"]
    assert not list((good.path / "state").glob(".new-*"))
    good.must_have_lost_nothing()


@pytest.mark.parametrize("number", [0, 1])
def test_f39_a_restore_that_is_killed_leaves_no_half(
    good: Home, tmp_path: Path, number: int
) -> None:
    file, new = tmp_path / "file", tmp_path / "new"
    assert good("backup", str(file)).code == 0
    code = killed(number, "restore", str(file), "--home", str(new))
    assert code == -signal.SIGKILL
    if not new.exists():
        assert cli.main(["restore", str(file), "--home", str(new)]) == 0
    assert cli.main(["build", "--home", str(new), "--overlay", str(good.own)]) == 0


def test_f40_a_backup_that_is_ended_takes_its_half_away(
    good: Home, start: Start, tmp_path: Path
) -> None:
    process = start("backup", str(tmp_path / "backups" / "file"))
    time.sleep(0.5)
    process.send_signal(signal.SIGTERM)
    process.communicate(timeout=120)
    assert process.returncode in (0, 143, -signal.SIGTERM)
    left = [path.name for path in tmp_path.glob("backups/*")]
    assert left in ([], ["file"])
    good.must_have_lost_nothing()
