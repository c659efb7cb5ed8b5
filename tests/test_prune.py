"""Prune: what nobody needs goes, and a rebuild ends in the same tables."""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import sqlite3
from contextlib import closing
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import pytest

from pipeline.citation import Listed, cited
from pipeline.entry import Retrieval, Run
from pipeline.ledger import Ledger
from pipeline.payload import PayloadStore
from pipeline.provenance import KnownAt, Provenance

if TYPE_CHECKING:
    from pathlib import Path

    from tests.conftest import Command, Ended  # noqa: TID251 - for its types only

NOW = datetime.now(UTC)
LONG_AGO = NOW - timedelta(days=40)


def origin(source: str, dataset: str, at: datetime, *, dated: bool = True) -> Provenance:
    return Provenance(
        *(source, "basket", dataset, "t", "", "p", "c", "l", "text/csv", at),
        known_at=KnownAt(day=at.date()) if dated else None,
    )


class Homestead:
    """A home to put things into, and to see what is left of them."""

    def __init__(self, command: Command) -> None:
        self.run, self.home = command, command.home
        self.store = PayloadStore(self.home / "payloads")
        self.ledger = Ledger(self.home / "state" / "ledger.sqlite")

    def report(self, folder: str, *names: str, at: datetime = LONG_AGO) -> Path:
        """Files of a report that were written then."""
        path = self.home / "reports" / folder
        path.mkdir(parents=True)
        for name in names or (f"{folder.split('_')[0]}.html",):
            (path / name).write_text("12345")
            os.utime(path / name, (at.timestamp(), at.timestamp()))
        return path

    def prune(self, *arguments: str) -> dict[str, Any]:
        ended = self.run("prune", "--json", *arguments)
        assert ended.code == 0, ended.message
        found: dict[str, Any] = json.loads(ended.out)
        return found

    def has(self, sha256: str) -> bool:
        return (self.home / "payloads" / sha256[:2] / f"{sha256}.zst").exists()

    def answer(self, content: bytes, at: datetime, source: str = "akash") -> str:
        """Bytes that the ledger does not name."""
        return self.store.put(content, origin(source, "d", at, dated=False)).sha256

    def a_run_was_under_way(self, at: datetime) -> None:
        self.ledger.start(Run(f"run-{at:%s}", "fetch", "0", at - timedelta(minutes=1)))
        self.ledger.finish(f"run-{at:%s}", at + timedelta(minutes=1), 6)


@pytest.fixture
def homestead(fresh: Command) -> Homestead:
    return Homestead(fresh)


def names(found: dict[str, Any], kind: str) -> list[str]:
    return sorted(one["name"] for one in found["removed"] if one["kind"] == kind)


def state_of(home: Path) -> dict[str, str]:
    return {
        str(path.relative_to(home)): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in home.rglob("*")
        if path.is_file() and not path.is_symlink() and "ledger.sqlite" not in path.name
    }


def test_after_it_all_works_as_before(homestead: Homestead) -> None:
    """Superseded files and orphans go; check, build and a full build are as before."""
    run = homestead.run
    newest = next(
        one
        for one in homestead.ledger.retrievals()
        if one.provenance.source not in ("bundled", "import")
    )
    said = replace(newest.provenance, retrieved_at=LONG_AGO)
    older = homestead.store.put(b"older", said).sha256
    homestead.ledger.record(Retrieval(older, said))
    homestead.ledger.record(replace(newest, provenance=replace(said, retrieved_at=NOW)))
    homestead.a_run_was_under_way(LONG_AGO)
    orphan = homestead.answer(b"never used", LONG_AGO)
    before = json.loads(run("build", "--json").out)["content_hash"]
    for path in homestead.home.glob("reports/*/*"):
        os.utime(path, (1.0, 1.0))
    with closing(sqlite3.connect(homestead.home / "state" / "ledger.sqlite")) as ledger, ledger:
        ledger.execute("delete from delivery")
    found = homestead.prune()
    assert names(found, "payload") == sorted([older, orphan])
    assert not homestead.has(older)
    assert not homestead.has(orphan)
    assert run("check", "--payloads").code == 0
    assert json.loads(run("build", "--json").out)["content_hash"] == before
    assert json.loads(run("build", "--full", "--json").out)["content_hash"] == before
    assert homestead.prune()["removed"] == []


def test_a_report_pins_what_it_cites(homestead: Homestead) -> None:
    """F59: an older version stays as long as a report does that was made with it."""
    first = homestead.store.put(b"first", origin("universe", "mine", LONG_AGO)).sha256
    homestead.ledger.record(Retrieval(first, origin("universe", "mine", LONG_AGO)))
    second = homestead.store.put(b"second", origin("universe", "mine", NOW)).sha256
    with closing(sqlite3.connect(homestead.home / "state" / "ledger.sqlite")) as ledger, ledger:
        (last,) = ledger.execute("select max(retrieval_id) from retrieval").fetchone()
        noted = ledger.execute("select folder, stem, retrieval_id from delivery").fetchall()
        # As delivered by the demo, before the first version came.
        assert noted == [("market-capacity_2024-04-03", "market-capacity", last - 1)]
        ledger.execute("update delivery set retrieval_id = ?", (last,))
    homestead.ledger.record(Retrieval(second, origin("universe", "mine", NOW)))
    found = homestead.prune()
    assert homestead.has(first)
    assert found["kept_payloads"]["cited by a report that stays"] == 1
    # Nothing keeps the report now, and with it goes what it alone cites.
    (homestead.home / "reports" / "market-capacity_latest").unlink()
    for path in homestead.home.glob("reports/*/*"):
        os.utime(path, (1.0, 1.0))
    homestead.report("market-capacity_2025-01-01", at=datetime(2024, 1, 1, tzinfo=UTC))
    found = homestead.prune("--keep-last", "1")
    assert names(found, "report") == ["market-capacity_2024-04-03"]
    assert names(found, "payload") == [first]
    assert not homestead.has(first)
    assert homestead.has(second)


@pytest.mark.parametrize("link", ["reports", "reports/market-capacity_2024-04-03"])
def test_what_reports_behind_a_link_cite_stays(homestead: Homestead, link: str) -> None:
    """F59: reports may lie on another disk, where no rule is applied to them."""
    first = homestead.store.put(b"first", origin("universe", "mine", LONG_AGO)).sha256
    homestead.ledger.record(Retrieval(first, origin("universe", "mine", LONG_AGO)))
    with closing(sqlite3.connect(homestead.home / "state" / "ledger.sqlite")) as ledger, ledger:
        ledger.execute(
            "update delivery set retrieval_id = (select max(retrieval_id) from retrieval)"
        )
    second = homestead.store.put(b"second", origin("universe", "mine", NOW)).sha256
    homestead.ledger.record(Retrieval(second, origin("universe", "mine", NOW)))
    away = homestead.home.with_name("another disk")
    (homestead.home / link).rename(away)
    (homestead.home / link).symlink_to(away)
    found = homestead.prune()
    assert str(homestead.home / link) in found["left_alone"]
    assert found["kept_payloads"]["cited by a report that stays"] == 1
    assert homestead.has(first)


def test_what_is_cited_is_the_newest_of_each_data_set_then() -> None:
    at = [LONG_AGO + timedelta(hours=n) for n in range(4)]
    retrievals = [
        Listed(1, "s", "a", "a1", at[0], False, False),
        Listed(2, "s", "b", "b1", at[0], False, False),
        Listed(3, "s", "a", "a2-page-1", at[1], False, False),
        Listed(4, "s", "a", "a2-page-2", at[1], False, False),
        Listed(5, "s", "b", "b2", at[2], True, False),
    ]
    assert cited(retrievals, [4]) == {"a2-page-1", "a2-page-2", "b1"}
    assert cited(retrievals, [1, 9]) == {"a1", "a2-page-1", "a2-page-2", "b2"}
    assert cited(retrievals, [0]) == set()


def test_orphans_stay_a_week_and_where_no_run_explains_them(homestead: Homestead) -> None:
    """F48: an answer that no run explains may be all that an older ledger knows nothing of."""
    young = homestead.answer(b"young", NOW - timedelta(days=2))
    unexplained = homestead.answer(b"unexplained", LONG_AGO)
    own = homestead.answer(b"a file of the user's", LONG_AGO, "import")
    found = homestead.prune()
    assert names(found, "payload") == []
    for sha256 in (young, unexplained, own):
        assert homestead.has(sha256)


def test_imported_and_bundled_files_stay(homestead: Homestead) -> None:
    for source in ("import", "bundled"):
        for content in (b"old", b"new"):
            at = LONG_AGO if content == b"old" else NOW
            said = origin(source, "d", at)
            sha256 = homestead.store.put(source.encode() + content, said).sha256
            homestead.ledger.record(Retrieval(sha256, said))
    assert names(homestead.prune(), "payload") == []


def test_reports_go_by_the_rules_and_strangers_stay(homestead: Homestead) -> None:
    home = homestead.home
    for day in ("2025-01-01", "2025-01-02", "2025-02-01"):
        homestead.report(f"market_{day}", "market.html", "market.pdf", "market.de.html")
    mine = homestead.report("market_2025-01-01_as-of-20250101T235959", "market.html", "notes.txt")
    homestead.report("my_own_2024-05-05", "my_own.html")
    (home / "reports" / "elsewhere").symlink_to(home / "warehouse")
    (home / "reports" / "market_2025-13-01").mkdir()
    (home / "reports" / "dictionary.html").write_text("of capbrief docs")
    (home / "payloads" / "readme.txt").write_text("mine")
    (home / "warehouse" / "mine.duckdb").write_text("mine")
    before = state_of(home)
    planned = homestead.prune("--keep-last", "1", "--keep-monthly", "2", "--dry-run")
    assert state_of(home) == before
    found = homestead.prune("--keep-last", "1", "--keep-monthly", "2")
    assert found == {**planned, "is_dry_run": False}
    went = ["market_2025-01-01", "market_2025-01-01_as-of-20250101T235959"]
    assert names(found, "report") == went
    assert found["bytes"] == 20
    assert found["kept_reports"]["market_2025-02-01"] == ["last 1", "monthly 2025-02"]
    assert found["kept_reports"]["market_2025-01-02"] == ["monthly 2025-01"]
    assert not (home / "reports" / "market_2025-01-01").exists()
    assert [path.name for path in mine.iterdir()] == ["notes.txt"]
    left = [os.path.relpath(path, home) for path in found["left_alone"]]
    assert sorted(left) == sorted([
        "reports/market_2025-01-01_as-of-20250101T235959/notes.txt", "reports/elsewhere",
        "reports/market_2025-13-01", "payloads/readme.txt", "warehouse/mine.duckdb",
    ])  # fmt: skip
    assert (home / "reports" / "dictionary.html").exists()


def test_the_report_that_the_latest_leads_to_stays(homestead: Homestead) -> None:
    """As where those of later days are built from stale data; a link elsewhere keeps nothing."""
    reports = homestead.home / "reports"
    for day in ("2025-01-01", "2025-01-02", "2025-01-03"):
        homestead.report(f"market_{day}")
    (reports / "market_latest").symlink_to("market_2025-01-01")
    (reports / "latest").symlink_to("market_2025-01-02")
    found = homestead.prune("--keep-last", "1")
    assert names(found, "report") == ["market_2025-01-02"]
    assert found["kept_reports"]["market_2025-01-01"] == ["market_latest leads to it"]
    assert found["left_alone"] == [str(reports / "latest")]
    assert (reports / "market_latest" / "market.html").exists()


def test_no_link_is_followed(homestead: Homestead, tmp_path: Path) -> None:
    """F57: what lies behind a link is somebody else's, whatever its name."""
    outside = tmp_path / "outside"
    outside.mkdir()
    (outside / "market.html").write_text("mine")
    reports = homestead.home / "reports"
    for day in range(1, 4):
        (reports / f"market_2020-01-0{day}").symlink_to(outside)
    linked = homestead.report("market_2019-01-01", "market.pdf")
    (linked / "market.html").symlink_to(outside / "market.html")
    shard = homestead.home / "payloads" / "zz"
    shard.symlink_to(outside)
    homestead.prune("--keep-yearly", "1")
    assert (outside / "market.html").read_text() == "mine"
    shutil.move(reports, tmp_path / "reports")
    reports.symlink_to(tmp_path / "reports")
    found = homestead.prune("--keep-last", "1")
    assert str(reports) in found["left_alone"]
    assert (tmp_path / "reports" / "market-capacity_2024-04-03" / "market-capacity.html").exists()


def test_a_report_that_is_being_written_stays(homestead: Homestead) -> None:
    """F59: a build of a report races prune; its folder stays."""
    homestead.report("market_2020-01-01", at=NOW)
    begun = homestead.report("market_2020-01-02")
    (begun / ".new-abc").write_text("half of a PDF")
    homestead.report("market_2021-01-01")
    found = homestead.prune("--keep-last", "1")
    assert names(found, "report") == []
    assert found["kept_reports"]["market_2020-01-01"] == ["is being written"]


def test_leftovers_go(homestead: Homestead) -> None:
    home = homestead.home
    old = LONG_AGO.timestamp()
    shard = next(path for path in (home / "payloads").iterdir() if path.is_dir())
    private = home / "warehouse" / "private"
    (private / ".new-old").mkdir(parents=True)
    left = [
        home / "warehouse" / ".warehouse-000009.duckdb.new",
        home / "warehouse" / "damaged-master.duckdb",
        shard / ".new-half",
        private / ".new-old" / "half.duckdb",
        private / f"{'a' * 24}.duckdb",
        home / "reports" / "market-capacity_2024-04-03" / ".new-x",
    ]
    for path in left:
        path.write_text("123")
        os.utime(path, (old, old))
    os.utime(private / ".new-old", (old, old))
    young = private / f"{'b' * 24}.duckdb"
    young.write_text("123")
    found = homestead.prune()
    assert found["bytes"] == 3 * len(left)
    assert not any(path.exists() for path in left)
    assert not (private / ".new-old").exists()
    assert young.exists()


@pytest.mark.parametrize("lost", ["state/ledger.sqlite", "state"])
def test_without_a_ledger_nothing_goes(homestead: Homestead, lost: str) -> None:
    path = homestead.home / lost
    shutil.rmtree(path) if path.is_dir() else path.unlink()
    before = state_of(homestead.home)
    for arguments in (("prune",), ("prune", "--dry-run"), ("prune", "--payloads-keep-daily", "1")):
        ended: Ended = homestead.run(*arguments)
        assert ended.code == 2
        assert "nothing tells what is needed" in ended.message
    assert state_of(homestead.home) == before


def test_people_are_told_what_and_why(homestead: Homestead) -> None:
    homestead.report("market_2020-01-01")
    homestead.report("market_2021-01-01")
    ended = homestead.run("prune", "--keep-last", "1", "--dry-run")
    assert "report market_2021-01-01: stays: last 1\n" in ended.out
    assert "report market_2020-01-01: would go, 5 bytes: no rule keeps it\n" in ended.out
    assert ended.out.endswith("5 bytes would be freed, 1 thing would go\n")
    assert (homestead.home / "reports" / "market_2020-01-01").exists()
