"""F53: umasks, folders of another user and read-only disks; who may read what is made."""

from __future__ import annotations

import os
import shutil
import stat
import subprocess
import sys
from contextlib import contextmanager
from typing import TYPE_CHECKING

import pytest

from pipeline import cli
from tests.torture import disk  # noqa: TID251 - whether a test may mount

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from tests.conftest import CoinGecko, Command  # noqa: TID251 - for its types only
    from tests.faults.conftest import Clock, Home  # noqa: TID251 - for its types only

each_umask = pytest.mark.parametrize("umask", [0o000, 0o022, 0o077], ids=["000", "022", "077"])


@contextmanager
def under(umask: int) -> Iterator[None]:
    before = os.umask(umask)
    try:
        yield
    finally:
        assert os.umask(before) == umask, "a command left another umask behind"


def rights(folder: Path) -> dict[str, set[str]]:
    """The rights of a folder and of what is below it, as in 0o700, by kind."""
    found: dict[str, set[str]] = {"folder": set(), "file": set()}
    for path in (folder, *folder.rglob("*")):
        if not path.is_symlink():
            found["folder" if path.is_dir() else "file"].add(right(path))
    return found


def right(path: Path) -> str:
    return oct(stat.S_IMODE(path.stat().st_mode))


@each_umask
def test_f53_a_home_is_for_its_owner_alone_whatever_the_umask(empty: Home, umask: int) -> None:
    with under(umask):
        ended = empty("run", "--no-report")
        assert (ended.code, ended.message) == (0, "")
        assert empty("sql", "select 1", "--as-of", "2026-11-23T00:00").code == 0
        assert empty("docs").code == 0
    assert rights(empty.path) == {"folder": {"0o700"}, "file": {"0o600", "0o400"}}


@each_umask
def test_f53_a_restored_home_is_for_its_owner_alone(
    run: Command, umask: int, tmp_path: Path
) -> None:
    with under(umask):
        assert run("backup", str(tmp_path / "file"), "--with-warehouse").code == 0
        home = tmp_path / "above" / "home"
        assert cli.main(["restore", str(tmp_path / "file"), "--home", str(home)]) == 0
    assert rights(home.parent) == {"folder": {"0o700"}, "file": {"0o600", "0o400"}}


@each_umask
def test_f53_what_is_written_elsewhere_follows_the_umask(
    run: Command, umask: int, tmp_path: Path
) -> None:
    out, tables = tmp_path / "out" / "deep", tmp_path / "tables"
    with under(umask):
        assert run("docs", "--out", str(out)).code == 0
        ended = run("sql", "select 1 as x", "--out", str(out / "rows.csv"))
        assert ended.code == 0
        assert run("export", "marts.token", "--format", "csv", "--out", str(tables)).code == 0
    wanted = {"folder": {oct(0o777 & ~umask)}, "file": {oct(0o666 & ~umask)}}
    assert rights(tmp_path / "out") == wanted
    assert rights(tables) == wanted


@each_umask
def test_f53_whom_the_folder_of_the_warehouse_lets_in_reads_each_new_version(
    good: Home, umask: int
) -> None:
    """And nothing else: the rights of that folder are what a person set, and stay."""
    shared = good.path / "warehouse"
    shared.chmod(0o750)
    with under(umask):
        ended = good("run", "--no-report")
    assert (ended.code, ended.message) == (0, "")
    version = (shared / "warehouse.duckdb").resolve()
    assert version.name == "warehouse-000002.duckdb"
    assert (right(version), right(shared)) == ("0o440", "0o750")
    assert right(shared / "master.duckdb") == "0o600"


# --- Who may not write --------------------------------------------------------------------------

# Root may write anywhere, so it becomes somebody else, once all that is imported can be read.
_AS_ANOTHER = """
import encodings.utf_8_sig, os, sys
from datetime import datetime
from types import SimpleNamespace
import duckdb, polars
import importlib, pkgutil
import pipeline
for one in pkgutil.walk_packages(pipeline.__path__, "pipeline."):
    if one.name != "pipeline.__main__":
        importlib.import_module(one.name)
from pipeline import cli, console
at = datetime.fromisoformat(sys.argv.pop(1))
console.datetime = SimpleNamespace(now=at.astimezone)
if os.geteuid() == 0:
    os.setgroups([])
    os.setgid(65534)
    os.setuid(65534)
sys.exit(cli.main())
"""


@pytest.mark.parametrize("where", ["state", "payloads", "warehouse", "."])
def test_f53_a_folder_of_another_user_is_found_before_any_call(
    good: Home, coingecko: CoinGecko, clock: Clock, where: str
) -> None:
    for folder in good.path.parents[:3]:
        folder.chmod(0o755)  # pytest's own are for their owner alone
    there = [one for one in (good.path, *good.path.rglob("*")) if not one.is_symlink()]
    for path in there:
        if os.geteuid() == 0:
            os.chown(path, 65534, 65534)
        if path.is_dir():
            path.chmod(0o755)
        elif path.suffix == ".sqlite":
            path.chmod(0o644)
    if where == ".":
        shutil.rmtree(good.path / "payloads")
    (good.path / where).chmod(0o555)
    arguments = ["run", "--no-report", "--home", str(good.path), "--overlay", str(good.own)]
    good.own.chmod(0o755)
    for folder in (good.own.parent, good.own.parent.parent):
        folder.chmod(0o755)
    ended = subprocess.run(
        [sys.executable, "-c", _AS_ANOTHER, clock.text, *arguments],
        capture_output=True,
        text=True,
        check=False,
    )
    assert ended.returncode == 8, ended.stderr
    assert ended.stderr.count('"failed"') == 1
    assert str(good.path) in ended.stderr
    assert "run it as a user who may" in ended.stderr
    assert right(good.path / where) == "0o555"
    assert coingecko.requests == []


def test_f53_a_read_only_disk_is_found_before_any_call(good: Home, coingecko: CoinGecko) -> None:
    if not disk.is_possible():
        pytest.skip("a disk of its own takes root on Linux")
    home = str(good.path)
    try:
        subprocess.run(["mount", "--bind", home, home], check=True)
    except subprocess.CalledProcessError:
        pytest.skip("this machine lets nobody mount")
    try:
        subprocess.run(["mount", "-o", "remount,ro,bind", home], check=True)
        ended = good("run", "--no-report")
        assert good("sql", "select count(*) from marts.run").code == 0
        assert good("check").code == 0
    finally:
        subprocess.run(["umount", home], check=True)
    assert ended.code == 8
    assert len(ended.message.splitlines()) == 1
    assert home in ended.message
    assert coingecko.requests == []
    good.must_be_unchanged()
