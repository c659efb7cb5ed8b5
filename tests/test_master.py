"""Master: formats that are newer or older, and no room for what is to be written."""

from __future__ import annotations

import errno
import json
import os
import shutil
import signal
import sqlite3
import subprocess
import sys
from typing import TYPE_CHECKING

import duckdb
import pytest

from pipeline import file_format, master
from pipeline.errors import WarehouseError
from pipeline.ledger import Ledger

if TYPE_CHECKING:
    from pathlib import Path

    from tests.conftest import Command, Shelf  # noqa: TID251 - for its types only


# --- File formats -------------------------------------------------------------------------------


def set_format(path: Path, number: int) -> bytes:
    path.chmod(0o644)
    with duckdb.connect(path) as connection:
        connection.execute("update capbrief.format set version = ?", [number])
    return path.read_bytes()


def test_f49_a_newer_master_is_refused_and_not_touched(shelf: Shelf) -> None:
    shelf.fill(1)
    path = shelf.master
    before = set_format(path, 99)
    with pytest.raises(WarehouseError, match=r"newer capbrief \(file format 99"), shelf.writing():
        pass
    assert path.read_bytes() == before


def test_f49_a_newer_version_is_refused_and_not_touched(fresh: Command) -> None:
    path = fresh.published
    before = set_format(path, 99)
    ended = fresh("sql", "select 1")
    assert ended.code == 8
    assert "newer capbrief (file format 99" in ended.message
    assert len(ended.message.splitlines()) == 1
    assert path.read_bytes() == before


def to_format_one(path: Path) -> bytes:
    """A file as it was before it had a version, books or models written into it."""
    with duckdb.connect(path) as connection:
        connection.execute("drop schema capbrief cascade")
        if connection.execute(
            "select 1 from duckdb_tables() where table_name = 'capbrief__payload' "
            "and schema_name = 'raw'"
        ).fetchall():
            for column in ("retrieval_id", "is_dated"):
                connection.execute(f"alter table raw.capbrief__payload drop column {column}")
    return path.read_bytes()


def test_f49_an_older_master_is_brought_up_to_date_and_ends_in_the_same(fresh: Command) -> None:
    before = Ledger(fresh.home / "state" / "ledger.sqlite").publications()[-1]
    to_format_one(fresh.home / "warehouse" / master.MASTER)
    assert fresh("build").code == 0
    after = Ledger(fresh.home / "state" / "ledger.sqlite").publications()[-1]
    assert after.file_name != before.file_name
    assert (after.content_hash, after.row_count) == (before.content_hash, before.row_count)


def test_f49_an_older_version_is_read_and_says_what_it_lacks(fresh: Command) -> None:
    fresh.published.chmod(0o644)
    to_format_one(fresh.published)
    assert fresh("sql", "select count(*) from marts.token_day").code == 0
    assert fresh("status").code == 0
    for arguments in (["check"], ["sql", "select 1", "--as-of", "2024-04-03"]):
        ended = fresh(*arguments)
        assert ended.code == 8
        assert "was written by an older capbrief (file format 1" in ended.message
        assert len(ended.message.splitlines()) == 1
    assert fresh("build").code == 0
    assert fresh("check").code == 0


def test_hashes_of_another_duckdb_are_made_anew_and_no_damage(fresh: Command) -> None:
    before = Ledger(fresh.home / "state" / "ledger.sqlite").publications()[-1]
    fresh.published.chmod(0o644)
    for path in (fresh.published, fresh.home / "warehouse" / master.MASTER):
        with duckdb.connect(path) as connection:
            connection.execute("update capbrief.format set engine = '0.0.1'")
            connection.execute("update capbrief.partition set content_hash = n_rows + 1")
    with sqlite3.connect(fresh.home / "state" / "ledger.sqlite") as ledger:
        ledger.execute("update publication set engine = '0.0.1'")
    ledger.close()
    found = json.loads(fresh("check", "--json").out)
    assert found["is_hash_compared"] is False
    assert {one["passed"] for one in found["checks"]} == {True}
    ended = fresh("build", "-v")
    assert ended.code == 0
    assert "master_damaged" not in {line["event"] for line in ended.log}
    after = Ledger(fresh.home / "state" / "ledger.sqlite").publications()[-1]
    assert (after.content_hash, after.row_count) == (before.content_hash, before.row_count)
    assert json.loads(fresh("check", "--json").out)["is_hash_compared"] is True


_MIGRATE = """
import os, signal, sys
from pathlib import Path
from pipeline import master
from pipeline.settings import Settings
home = Path(sys.argv[1])
settings = Settings(data=home, state=home / "state")
master.sync = lambda path: os.kill(os.getpid(), signal.SIGKILL)
with master.transaction(settings.warehouse / master.MASTER, settings):
    pass
"""


def test_f49_a_migration_that_is_killed_leaves_the_old_file(shelf: Shelf) -> None:
    shelf.fill(4)
    path = shelf.master
    before = to_format_one(path)
    killed = subprocess.run([sys.executable, "-c", _MIGRATE, str(shelf.folder.parent)], check=False)
    assert killed.returncode == -signal.SIGKILL
    assert path.read_bytes() == before
    assert list(shelf.folder.glob(".*")) != []
    with shelf.writing() as connection:
        assert file_format.version(connection) == file_format.FORMAT
        assert connection.execute("select count(*) from marts.t").fetchall() == [(4,)]
    assert list(shelf.folder.glob(".*")) == []


@pytest.mark.parametrize("place", ["copyfile", "sync", "engine"])
def test_f49_a_migration_without_room_leaves_the_old_file(
    shelf: Shelf, monkeypatch: pytest.MonkeyPatch, place: str
) -> None:
    shelf.fill(4)
    path = shelf.master
    before = to_format_one(path)

    def full(*_: object) -> None:
        if place == "engine":
            raise duckdb.IOException('Could not write file "x": No space left on device')
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    target = {
        "copyfile": "shutil.copyfile",
        "sync": "pipeline.master.sync",
        "engine": "pipeline.file_format.bring_up_to_date",
    }
    monkeypatch.setattr(target[place], full)
    with (
        pytest.raises(WarehouseError, match=r"No space left on device.*make room"),
        shelf.writing(),
    ):
        pass
    monkeypatch.undo()
    assert path.read_bytes() == before
    assert list(shelf.folder.glob(".*")) == []
    with shelf.writing() as connection:
        assert connection.execute("select count(*) from marts.t").fetchall() == [(4,)]


# --- No room ----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "place", ["shutil.copyfile", "pipeline.master.sync", "pathlib.Path.rename"]
)
def test_f51_a_version_without_room_leaves_the_last_one(
    shelf: Shelf, monkeypatch: pytest.MonkeyPatch, place: str
) -> None:
    """Where the room that was free before the copy has gone meanwhile."""
    last = shelf.fill(1).path

    def full(*_: object) -> None:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr(place, full)
    with pytest.raises(WarehouseError, match=r"No space left on device\); make room"):
        shelf.prepare()
    monkeypatch.undo()
    must_be_alone(shelf, last)
    assert shelf.fill(2).path.name == "warehouse-000002.duckdb"


@pytest.mark.parametrize("place", ["pathlib.Path.symlink_to", "pathlib.Path.replace"])
def test_f51_a_link_without_room_leads_to_the_last_version(
    shelf: Shelf, monkeypatch: pytest.MonkeyPatch, place: str
) -> None:
    last = shelf.fill(1).path
    version = shelf.prepare()

    def full(*_: object) -> None:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr(place, full)
    with pytest.raises(WarehouseError, match=r"No space left on device\); make room"):
        shelf.publish(version)
    monkeypatch.undo()
    must_be_alone(shelf, last)
    assert shelf.fill(2).path == version.path


def test_f51_it_says_how_many_bytes_a_version_needs(
    shelf: Shelf, monkeypatch: pytest.MonkeyPatch
) -> None:
    last = shelf.fill(1).path
    wanted = shelf.master.stat().st_size
    usage = shutil.disk_usage(shelf.folder)._replace(free=wanted - 1)
    monkeypatch.setattr("shutil.disk_usage", lambda _: usage)
    with pytest.raises(WarehouseError, match=f"needs {wanted:,} bytes, and {wanted - 1:,} are"):
        shelf.prepare()
    must_be_alone(shelf, last)


def must_be_alone(shelf: Shelf, version: Path) -> None:
    """One version, the master and the link to the version, and nothing else."""
    names = sorted(path.name for path in shelf.folder.iterdir())
    assert names == [master.MASTER, version.name, shelf.link.name]
    assert shelf.link.resolve() == version


def test_f52_a_file_that_may_not_grow_is_no_fault_of_ours(fresh: Command) -> None:
    resource = pytest.importorskip("resource")
    version = fresh.published
    limits = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (1 << 20, limits[1]))
    try:
        ended = fresh("build", "--full")
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, limits)
    assert ended.code == 8
    assert "File too large" in ended.message
    assert len(ended.message.splitlines()) == 1
    assert fresh.published == version
    assert fresh("sql", "select count(*) from marts.run").code == 0
    assert fresh("build").code == 0
