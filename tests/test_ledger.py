"""Ledger: which retrievals count, and how runs are kept."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import pytest

from pipeline.errors import StorageError
from pipeline.ledger import Ledger, Publication, Retrieval, Run

if TYPE_CHECKING:
    from pathlib import Path

AT = datetime(2024, 4, 3, 12, tzinfo=UTC)


def retrieval(sha256: str, *, dated: bool, hours: int = 0, dataset: str = "e/one") -> Retrieval:
    return Retrieval("s", "one", dataset, sha256, AT + timedelta(hours=hours), dated)


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
        Publication(f"warehouse-{n:06d}.duckdb", "r1", "00", n, AT + timedelta(hours=n))
        for n in (1, 2)
    ]
    for one in kept:
        ledger.publish(one)
    assert ledger.publications() == kept


def test_a_file_that_is_no_ledger_is_one_line(tmp_path: Path) -> None:
    path = tmp_path / "ledger.sqlite"
    path.write_bytes(b"not a database" * 100)
    with pytest.raises(StorageError, match=r"ledger\.sqlite: the ledger cannot be used"):
        Ledger(path)
