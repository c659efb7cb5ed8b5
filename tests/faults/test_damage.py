"""Damage: bytes that are flipped, cut, zeroed or foreign cost a run, never what was known.

After each, the next run of the day ends as an undisturbed one, or refuses and says why.
"""

from __future__ import annotations

import shutil
import subprocess
import sys
from random import Random
from typing import TYPE_CHECKING

import duckdb
import pytest

from pipeline import books, cli

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from tests.conftest import Ended  # noqa: TID251 - for its types only
    from tests.faults.conftest import Clock, Home  # noqa: TID251 - for its types only


def flipped(*shares: float) -> Callable[[Path], None]:
    """Another bit in single bytes, that far into the file."""

    def damage(path: Path) -> None:
        content = bytearray(path.read_bytes())
        for share in shares:
            content[int(share * (len(content) - 1))] ^= 0x10
        replace(path, bytes(content))

    return damage


def cut(path: Path) -> None:
    replace(path, path.read_bytes()[: path.stat().st_size // 2])


def emptied(path: Path) -> None:
    replace(path, b"")


def zeroed(path: Path) -> None:
    content = path.read_bytes()
    quarter = len(content) // 4
    replace(path, content[:quarter] + bytes(2 * quarter) + content[3 * quarter :])


def foreign(path: Path) -> None:
    replace(path, b"not what was stored here\n" * 1000)


def replace(path: Path, content: bytes) -> None:
    """Never through a link to the file of another test."""
    path.unlink()
    path.write_bytes(content)


MANNERS = {
    "header": flipped(0),
    # Some of these places are in use.
    "flipped": flipped(*(n / 40 for n in range(1, 40))),
    "cut": cut,
    "emptied": emptied,
    "zeroed": zeroed,
    "foreign": foreign,
}


def in_manners(*names: str) -> pytest.MarkDecorator:
    return pytest.mark.parametrize("damage", [MANNERS[name] for name in names], ids=names)


each_manner = in_manners(*MANNERS)


@pytest.fixture(scope="session")
def _undisturbed_content() -> list[books.Content]:
    """What an undisturbed run of day two publishes, once it is known."""
    return []


@pytest.fixture
def ends_undisturbed(
    good: Home, clock: Clock, _undisturbed_content: list[books.Content], tmp_path: Path
) -> Callable[[], None]:
    """Run the day after the damage; what is published then is what it would have been."""
    if not _undisturbed_content:
        aside = tmp_path / "undisturbed"
        shutil.copytree(good.path, aside, symlinks=True)
        arguments = ["--no-report", "--quiet", "--home", str(aside), "--overlay", str(good.own)]
        assert cli.main(["run", *arguments]) == 0
        _undisturbed_content.append(content(aside))
        clock.forget()

    def play() -> None:
        ended = good("run", "--no-report")
        assert (ended.code, ended.message) == (0, "")
        assert [content(good.path)] == _undisturbed_content

    return play


def link(home: Path) -> Path:
    return home / "warehouse" / "warehouse.duckdb"


def content(home: Path) -> books.Content:
    """What is published, every value read back."""
    path = link(home).resolve(strict=True)
    with duckdb.connect(path, read_only=True) as connection:
        books.must_hold(connection, path, books.everything(connection))
        return books.content(connection)


def must_say_one_line(ended: Ended, *words: str) -> None:
    assert ended.code == 8, ended
    assert len(ended.message.splitlines()) == 1
    for word in words:
        assert word in ended.message


# --- The private master -----------------------------------------------------------------------


@in_manners("header", "flipped", "cut", "foreign")
def test_f54_a_damaged_master_is_made_anew_from_the_payloads(
    good: Home, ends_undisturbed: Callable[[], None], damage: Callable[[Path], None]
) -> None:
    damage(good.path / "warehouse" / "master.duckdb")
    ends_undisturbed()


@pytest.mark.parametrize("seed", range(2))
def test_f54_flips_anywhere_in_the_master_are_never_published(
    good: Home, ends_undisturbed: Callable[[], None], seed: int
) -> None:
    flipped(Random(seed).random())(good.path / "warehouse" / "master.duckdb")
    ends_undisturbed()


def test_f54_a_master_that_is_gone_is_made_anew(
    good: Home, ends_undisturbed: Callable[[], None]
) -> None:
    (good.path / "warehouse" / "master.duckdb").unlink()
    ends_undisturbed()


@pytest.mark.parametrize("is_gone", [False, True], ids=["beside it", "and it is gone"])
def test_a_wal_of_another_file_beside_the_master_is_not_replayed(
    good: Home, ends_undisturbed: Callable[[], None], tmp_path: Path, is_gone: bool
) -> None:
    master = good.path / "warehouse" / "master.duckdb"
    master.with_name("master.duckdb.wal").write_bytes(wal_of_another_file(tmp_path))
    if is_gone:
        master.unlink()
    ends_undisturbed()
    assert not master.with_name("master.duckdb.wal").exists()


@in_manners("cut", "zeroed")
def test_a_damaged_wal_of_the_master_costs_what_it_held_alone(
    good: Home, ends_undisturbed: Callable[[], None], damage: Callable[[Path], None]
) -> None:
    """A run that was killed before its checkpoint left it; the payloads have all of it."""
    master = good.path / "warehouse" / "master.duckdb"
    code = (
        "import duckdb, os, sys; c = duckdb.connect(sys.argv[1]); "
        "c.execute('pragma disable_checkpoint_on_shutdown'); "
        "c.execute('create table raw.left_behind as from range(100000)'); os._exit(0)"
    )
    subprocess.run([sys.executable, "-c", code, str(master)], check=True)
    wal = master.with_name("master.duckdb.wal")
    assert wal.stat().st_size > 4096
    damage(wal)
    ends_undisturbed()
    assert not wal.exists()


def wal_of_another_file(folder: Path) -> bytes:
    """What DuckDB would replay into a file that it belongs to: a table of its own."""
    path = folder / "other.duckdb"
    connection = duckdb.connect(path, config={"storage_compatibility_version": "v1.5.0"})
    connection.execute("create table stranger as from range(1000)")
    held = path.with_name("other.duckdb.wal").read_bytes()
    connection.close()
    return held


# --- What is published ------------------------------------------------------------------------


@each_manner
def test_f54_a_damaged_version_is_refused_as_it_is(
    good: Home, damage: Callable[[Path], None]
) -> None:
    version = link(good.path).resolve()
    damage(version)
    damaged = version.read_bytes()
    must_say_one_line(good("check"), str(version), "capbrief build --full")
    assert version.read_bytes() == damaged


def test_f54_after_a_damaged_version_the_next_one_is_good(
    good: Home, ends_undisturbed: Callable[[], None]
) -> None:
    version = link(good.path).resolve()
    zeroed(version)
    ends_undisturbed()
    assert link(good.path).resolve() != version


@pytest.mark.parametrize("is_there", [True, False], ids=["missing", "dangling"])
def test_a_link_that_leads_nowhere_is_named_and_the_next_run_makes_it(
    good: Home, ends_undisturbed: Callable[[], None], is_there: bool
) -> None:
    link(good.path).unlink()
    if not is_there:
        link(good.path).symlink_to("warehouse-000077.duckdb")
    must_say_one_line(good("sql", "select 1"), str(link(good.path)), "capbrief build")
    ends_undisturbed()


def test_a_wal_beside_a_version_is_refused_and_the_next_one_has_none(
    good: Home, ends_undisturbed: Callable[[], None], tmp_path: Path
) -> None:
    version = link(good.path).resolve()
    beside = version.with_name(f"{version.name}.wal")
    beside.write_bytes(wal_of_another_file(tmp_path))
    must_say_one_line(good("sql", "select 1"), str(version), "WAL")
    # One that waits for the version to come would be read with it.
    next_one = version.with_name("warehouse-000002.duckdb.wal")
    next_one.write_bytes(beside.read_bytes())
    ends_undisturbed()
    assert link(good.path).resolve().name == "warehouse-000002.duckdb"
    assert not next_one.exists()


# --- Payloads ---------------------------------------------------------------------------------


def payload(home: Home, source: str) -> Path:
    """The bytes of the newest retrieval of a source."""
    ((sha256,),) = home.rows(
        f"select payload_sha256 from retrieval where source = '{source}' "
        "order by retrieval_id desc limit 1"
    )
    return home.path / "payloads" / str(sha256)[:2] / f"{sha256}.zst"


@pytest.mark.parametrize("source", ["bundled", "universe"])
@in_manners("foreign")
def test_f56_what_is_at_hand_again_is_put_back(
    good: Home, source: str, damage: Callable[[Path], None]
) -> None:
    path = payload(good, source)
    whole = path.read_bytes()
    damage(path)
    ended = good("fetch")
    assert (ended.code, ended.message) == (0, "")
    assert path.read_bytes() == whole
    assert good("build", "--full").code == 0


@in_manners("flipped", "emptied")
def test_f56_a_fetched_payload_is_missed_by_a_full_build_alone(
    good: Home, ends_undisturbed: Callable[[], None], damage: Callable[[Path], None]
) -> None:
    path = payload(good, "coingecko")
    damage(path)
    damaged = path.read_bytes()
    ends_undisturbed()
    before = link(good.path).resolve()
    must_say_one_line(good("build", "--full"), str(path), "damaged", "backup")
    assert (path.read_bytes(), link(good.path).resolve()) == (damaged, before)
    assert good("sql", "select count(*) from marts.run").code == 0


@in_manners("flipped", "emptied")
def test_f56_what_is_lost_for_good_becomes_a_gap_of_whole_days(
    good: Home, clock: Clock, damage: Callable[[Path], None]
) -> None:
    """One page of a list of three: the day goes as a whole, and all else is as it was."""
    ((sha256,),) = good.rows(
        "select payload_sha256 from retrieval where dataset = 'markets/artificial-intelligence' "
        "order by retrieval_id limit 1"
    )
    damage(good.path / "payloads" / sha256[:2] / f"{sha256}.zst")
    assert good("check", "--raw").code == 8
    must_say_one_line(good("build", "--full"), sha256, "--without-lost")
    assert good("build", "--without-lost").code == 2
    ended = good("build", "--full", "--without-lost")
    assert (ended.code, ended.message) == (0, "")
    assert [line["dataset"] for line in ended.log if line["event"] == "payload_lost"] == [
        "markets/artificial-intelligence"
    ]
    assert good.rows(
        "select dataset, first_date, last_date from gap where reason like '%lost%'"
    ) == [("markets/artificial-intelligence", "2026-11-22", "2026-11-22")]
    assert good("check", "--raw").code == 0
    ended = good("run", "--no-report")
    assert (ended.code, ended.message) == (0, "")
    published = content(good.path)
    assert good("build", "--full").code == 0
    assert content(good.path) == published


# --- The ledger -------------------------------------------------------------------------------


@in_manners("header", "cut", "foreign")
@pytest.mark.parametrize(
    "command",
    [("run", "--no-report"), ("build",), ("sql", "select 1")],
    ids=["run", "build", "sql"],
)
def test_f54_a_damaged_ledger_is_refused_and_not_written_to(
    good: Home, command: tuple[str, ...], damage: Callable[[Path], None]
) -> None:
    path = good.path / "state" / "ledger.sqlite"
    damage(path)
    damaged = path.read_bytes()
    must_say_one_line(good(*command), str(path), "restore it from a backup")
    assert path.read_bytes() == damaged
