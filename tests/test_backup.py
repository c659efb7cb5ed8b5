"""Backup and restore: what comes back is what was there, and a broken file changes nothing."""

from __future__ import annotations

import hashlib
import json
import shutil
import sqlite3
import sys
from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

if sys.version_info >= (3, 14):
    from compression import zstd
else:
    from backports import zstd

from pipeline import cli

if TYPE_CHECKING:
    from tests.conftest import Command  # noqa: TID251 - for its types only

CANARY = "CG-canary-0123456789abcdef"


def files_of(home: Path) -> dict[str, str]:
    """What a backup promises to bring back, by name, as hashes; the ledger apart."""
    return {
        str(path.relative_to(home)): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in home.rglob("*")
        if path.is_file() and path.relative_to(home).parts[0] in ("payloads", "reports", "own")
    }


def rows_of(home: Path) -> list[str]:
    with closing(sqlite3.connect(home / "state" / "ledger.sqlite")) as ledger:
        return list(ledger.iterdump())


@pytest.fixture(scope="module")
def backup(built: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A backup of the built home."""
    file = tmp_path_factory.mktemp("backups") / "one.tar.zst"
    assert cli.main(["backup", str(file), "--home", str(built), "--quiet"]) == 0
    return file


def content_hash(run: Command, *arguments: str) -> str:
    ended = run("build", "--json", *arguments)
    assert ended.code == 0, ended.message
    found: str = json.loads(ended.out)["content_hash"]
    return found


def test_a_restored_home_is_as_it_was(first: Command, built: Path, backup: Path) -> None:
    assert backup.stat().st_mode & 0o777 == 0o600
    ended = first("restore", str(backup))
    assert ended.code == 0, ended.message
    assert files_of(first.home) == files_of(built)
    assert rows_of(first.home) == rows_of(built)
    assert sorted(path.name for path in first.home.iterdir()) == ["payloads", "reports", "state"]
    assert [path.name for path in (first.home / "state").iterdir()] == ["ledger.sqlite"]
    with closing(sqlite3.connect(built / "state" / "ledger.sqlite")) as ledger:
        ((published,),) = ledger.execute("select content_hash from publication").fetchall()
    assert content_hash(first) == published
    assert first("check", "--payloads").code == 0


def test_with_the_warehouse_there_is_nothing_to_build(
    fresh: Command, first: Command, tmp_path: Path
) -> None:
    file = tmp_path / "all"
    assert fresh("backup", str(file), "--with-warehouse").code == 0
    assert first("restore", str(file)).code == 0
    assert first.published.name == fresh.published.name
    assert first.published.read_bytes() == fresh.published.read_bytes()
    assert first("check", "--payloads").code == 0


def test_a_folder_gets_a_dated_file_and_only_backups_are_replaced(
    fresh: Command, tmp_path: Path
) -> None:
    ended = fresh("backup", str(tmp_path), "--json")
    made = Path(json.loads(ended.out)["file"])
    assert made.parent == tmp_path
    assert made.name.startswith("capbrief-2")
    assert fresh("restore", "--check", str(made)).code == 0
    assert fresh("backup", str(made)).code == 0
    other = tmp_path / "letter.txt"
    other.write_text("mine")
    link = tmp_path / "link"
    link.symlink_to(made)
    for target in (other, link, fresh.home / "payloads" / "x", fresh.home / "state" / "x"):
        ended = fresh("backup", str(target))
        assert ended.code == 2
        assert str(target) in ended.message
    assert other.read_text() == "mine"


def test_own_files_come_along_and_keys_do_not(
    fresh: Command, first: Command, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """F81: no key of the settings is in a backup, wherever it lies in the home."""
    own = fresh.home / "own"
    (own / "sql" / "examples").mkdir(parents=True)
    (own / "sql" / "examples" / "mine.sql").write_text("select 1")
    (own / "sql" / "examples" / ".hidden").write_text("x")
    (own / "sql" / "examples" / "key.sql").write_text(f"-- {CANARY}")
    (own / "reports").mkdir()
    (own / "reports" / "passwd.toml").symlink_to("/etc/passwd")
    (fresh.home / "capbrief.toml").write_text("[report]\n")
    (fresh.home / "coingecko_key").write_text(CANARY)
    monkeypatch.setenv("CAPBRIEF_COINGECKO__PLAN", "demo")
    monkeypatch.setenv("CAPBRIEF_COINGECKO__KEY", CANARY)
    file = tmp_path / "file"
    ended = fresh("backup", str(file), "--overlay", str(own), "--json")
    assert ended.code == 0, ended.message
    assert CANARY.encode() not in zstd.decompress(file.read_bytes())
    left_out = json.loads(ended.out)["left_out"]
    assert [Path(one.split(" (")[0]).name for one in left_out] == [
        *("passwd.toml", ".hidden", "key.sql"),
    ]
    assert first("restore", str(file)).code == 0
    assert (first.home / "capbrief.toml").read_text() == "[report]\n"
    found = sorted(str(path.relative_to(first.home)) for path in first.home.glob("own/**/*.*"))
    assert found == ["own/sql/examples/mine.sql"]


@pytest.mark.parametrize("part", ["body", "sidecar", "both"])
def test_a_damaged_payload_is_told_and_the_rest_kept(
    fresh: Command, first: Command, tmp_path: Path, part: str
) -> None:
    """F56: a payload that is gone or rotten keeps nobody from a backup of all others."""
    body = sorted(fresh.home.glob("payloads/??/*.zst"))[0]
    gone = {"body": [body], "sidecar": [body.with_suffix(".json")]}
    for path in gone.get(part, [body, body.with_suffix(".json")]):
        path.unlink()
    file = tmp_path / "file"
    ended = fresh("backup", str(file))
    assert ended.code == 3
    assert body.stem in ended.message
    assert first("restore", str(file)).code == 0
    assert files_of(first.home) == files_of(fresh.home)


def test_a_home_that_is_not_empty_is_not_touched(
    fresh: Command, backup: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = files_of(fresh.home)
    ended = fresh("restore", str(backup))
    assert (ended.code, files_of(fresh.home)) == (2, before)
    assert "--force" in ended.message
    (fresh.home / "notes.txt").write_text("mine")
    ended = fresh("restore", str(backup), "--force", "--json")
    assert ended.code == 0, ended.message
    aside = Path(json.loads(ended.out)["aside"])
    assert (aside / "notes.txt").read_text() == "mine"
    assert files_of(aside) == before
    assert not (fresh.home / "notes.txt").exists()
    assert not (fresh.home / "warehouse").exists()
    # A folder of somebody else, or one that is worked in, is moved by no flag.
    monkeypatch.chdir(fresh.home)
    ended = fresh("restore", str(backup), "--force")
    assert ended.code == 2
    other = tmp_path / "other"
    other.mkdir()
    (other / "letter.txt").write_text("mine")
    assert cli.main(["restore", str(backup), "--force", "--home", str(other)]) == 2
    assert [path.name for path in other.iterdir()] == ["letter.txt"]


def test_an_empty_folder_will_do_and_a_link_will_not(
    first: Command, backup: Path, tmp_path: Path
) -> None:
    first.home.mkdir()
    assert first("restore", str(backup)).code == 0
    link = tmp_path / "link"
    (tmp_path / "behind").mkdir()
    link.symlink_to(tmp_path / "behind")
    assert cli.main(["restore", str(backup), "--home", str(link)]) == 2
    assert not any((tmp_path / "behind").iterdir())


@pytest.mark.parametrize("share", [0.0, 0.3, 0.9])
def test_a_file_that_was_cut_short_changes_nothing(
    fresh: Command, backup: Path, tmp_path: Path, share: float
) -> None:
    """F54: also with --force, and where nothing is there yet."""
    cut = tmp_path / "cut"
    whole = backup.read_bytes()
    cut.write_bytes(whole[: int(len(whole) * share)])
    before = files_of(fresh.home)
    for arguments in (("--force",), ("--check",)):
        ended = fresh("restore", str(cut), *arguments)
        assert ended.code == 8
        assert str(cut) in ended.message
    assert files_of(fresh.home) == before
    assert cli.main(["restore", str(cut), "--home", str(tmp_path / "new")]) == 8
    assert not (tmp_path / "new").exists()
    assert sorted(path.name for path in tmp_path.iterdir()) == ["cut", "home"]


def test_a_home_without_a_ledger_is_not_backed_up(first: Command, tmp_path: Path) -> None:
    ended = first("backup", str(tmp_path / "file"))
    assert ended.code == 2
    assert not first.home.exists()
    assert not (tmp_path / "file").exists()


def test_the_ledger_is_copied_with_what_stands_in_its_wal(
    fresh: Command, first: Command, tmp_path: Path
) -> None:
    path = fresh.home / "state" / "ledger.sqlite"
    with closing(sqlite3.connect(path)) as ledger:
        ledger.execute(
            "insert into run (run_id, command, version, started_at, status) "
            "values ('late', 'run', '0', '2026-01-01T00:00:00+00:00', 'ok')"
        )
        ledger.commit()
        assert path.with_name("ledger.sqlite-wal").stat().st_size > 0
        assert fresh("backup", str(tmp_path / "file")).code == 0
    assert first("restore", str(tmp_path / "file")).code == 0
    with closing(sqlite3.connect(first.home / "state" / "ledger.sqlite")) as ledger:
        assert ledger.execute("select 1 from run where run_id = 'late'").fetchall() == [(1,)]
    shutil.rmtree(first.home)
