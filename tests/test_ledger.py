"""Ledger: which retrievals count, and how runs are kept."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import TYPE_CHECKING

import pytest

from pipeline.entry import Publication, Retrieval, Run
from pipeline.errors import StorageError
from pipeline.ledger import Ledger
from pipeline.provenance import KnownAt, Provenance

if TYPE_CHECKING:
    from pathlib import Path

AT = datetime(2024, 4, 3, 12, tzinfo=UTC)


def retrieval(
    sha256: str,
    *,
    dated: bool,
    hours: int = 0,
    dataset: str = "e/one",
    licence: str = "l",
) -> Retrieval:
    origin = Provenance(
        source="s",
        entity="one",
        dataset=dataset,
        title="t",
        url="",
        producer="p",
        citation="c",
        licence=licence,
        media_type="text/csv",
        retrieved_at=AT + timedelta(hours=hours),
        known_at=KnownAt(day=date(2024, 1, 1)) if dated else None,
    )
    return Retrieval(sha256, origin)


def test_a_dated_file_counts_once_and_its_newest_version_replaces_the_older(tmp_path: Path) -> None:
    ledger = Ledger(tmp_path / "state" / "ledger.sqlite")
    first, second = retrieval("a", dated=True), retrieval("b", dated=True, hours=2)
    ledger.record(first)
    ledger.record(retrieval("a", dated=True, hours=1))
    assert ledger.retrievals() == [first]
    ledger.record(second)
    assert ledger.retrievals() == [second]
    back = retrieval("a", dated=True, hours=3)
    ledger.record(back)
    assert ledger.retrievals() == [back]


def test_a_corrected_licence_of_the_same_bytes_is_a_new_version(tmp_path: Path) -> None:
    ledger = Ledger(tmp_path / "ledger.sqlite")
    ledger.record(retrieval("a", dated=True))
    corrected = retrieval("a", dated=True, hours=1, licence="CC BY 4.0")
    ledger.record(corrected)
    assert ledger.retrievals() == [corrected]


def test_a_run_that_ended_without_a_word_is_buried(tmp_path: Path) -> None:
    ledger = Ledger(tmp_path / "ledger.sqlite")
    for name in ("lost", "mine"):
        ledger.start(Run(name, "demo", "0.1.0", AT))
    ledger.bury("mine", AT + timedelta(hours=1))
    assert {run.run_id: run.status for run in ledger.runs()} == {
        "lost": "killed",
        "mine": "running",
    }


def test_every_retrieval_of_a_live_response_counts(tmp_path: Path) -> None:
    ledger = Ledger(tmp_path / "ledger.sqlite")
    twice = [retrieval("a", dated=False), retrieval("a", dated=False, hours=1)]
    for one in twice:
        ledger.record(one)
    assert ledger.retrievals() == twice


def test_datasets_do_not_replace_one_another(tmp_path: Path) -> None:
    ledger = Ledger(tmp_path / "ledger.sqlite")
    both = [retrieval("a", dated=True), retrieval("b", dated=True, dataset="e/two")]
    for one in both:
        ledger.record(one)
    assert ledger.retrievals() == both


@pytest.mark.parametrize(("code", "status"), [(0, "ok"), (3, "partial"), (7, "failed")])
def test_a_run_is_running_until_it_ends(tmp_path: Path, code: int, status: str) -> None:
    ledger = Ledger(tmp_path / "ledger.sqlite")
    ledger.start(Run("r1", "demo", "0.1.0", AT))
    assert ledger.runs() == [Run("r1", "demo", "0.1.0", AT)]
    end = AT + timedelta(seconds=5)
    ledger.finish("r1", end, code)
    assert ledger.runs() == [Run("r1", "demo", "0.1.0", AT, end, code, status)]


def test_publications_are_kept_in_order(tmp_path: Path) -> None:
    ledger = Ledger(tmp_path / "ledger.sqlite")
    ledger.start(Run("r1", "demo", "0.1.0", AT))
    kept = [
        Publication(f"warehouse-{n:06d}.duckdb", "r1", "00", n, AT + timedelta(hours=n), "1.5.5")
        for n in (1, 2)
    ]
    for one in kept:
        ledger.publish(one)
    assert ledger.publications() == kept


def test_a_file_that_is_no_ledger_is_one_line(tmp_path: Path) -> None:
    path = tmp_path / "ledger.sqlite"
    path.write_bytes(b"not a database" * 100)
    with pytest.raises(StorageError, match=r"ledger\.sqlite: the ledger is damaged"):
        Ledger(path)


def test_what_came_before_a_time_is_told_apart(tmp_path: Path) -> None:
    ledger = Ledger(tmp_path / "ledger.sqlite")
    one, two = (retrieval(name, dated=False, hours=n) for n, name in enumerate("ab"))
    for each in (one, two):
        ledger.record(each)
    assert [r.payload_sha256 for r in ledger.retrieved("s", "e/one")] == ["b"]
    at = two.provenance.retrieved_at
    assert [r.payload_sha256 for r in ledger.retrieved("s", "e/one", before=at)] == ["a"]
    at = one.provenance.retrieved_at
    assert ledger.retrieved("s", "e/one", before=at) == []
