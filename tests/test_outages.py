"""Outages: from the first failure of a data set to its next success."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from pipeline import fetch as fetching
from pipeline.errors import AuthError, SchemaError, UnavailableError
from pipeline.ledger import Ledger
from pipeline.source import Wanted
from tests.test_fetch import NOW, have, of, unit  # noqa: TID251 - its vocabulary

if TYPE_CHECKING:
    from pipeline.job import Job


@pytest.fixture
def ledger(job: Job) -> Ledger:
    return Ledger(job.settings.ledger)


def test_failures_in_a_row_are_one_outage_that_ends_with_the_next_success(
    job: Job, ledger: Ledger
) -> None:
    down = UnavailableError("down")
    have(job, unit("state", b"rows"))
    have(job, unit("state", down), unit("other", SchemaError("changed")))
    have(job, unit("state", UnavailableError("down again")))
    found = {one.dataset: one for one in ledger.outages()}
    assert found.keys() == {"state", "other"}
    assert (found["state"].reason, found["state"].n_failures) == ("down", 2)
    assert found["state"].last_good_at == ledger.units("vendor")[0].fetched_at
    assert found["state"].ended_at is None
    assert found["other"].last_good_at is None
    have(job, unit("state", b"more"))
    have(job, unit("other", b"dated", day=None))
    assert all(one.ended_at is not None for one in ledger.outages())
    have(job, unit("state", down))
    assert len(ledger.outages()) == 3


def test_a_source_that_is_switched_off_is_missed_by_nobody(job: Job, ledger: Ledger) -> None:
    have(job, unit("state", UnavailableError("down")))
    off = replace(of(), off="switched off")
    fetching.fetch(job, [off], Wanted(now=NOW))
    assert [one.ended_at is None for one in ledger.outages()] == [False]


def test_what_was_not_asked_for_after_a_failure_is_out_too(job: Job, ledger: Ledger) -> None:
    have(job, unit("first", AuthError("key refused")), unit("second", b"rows"))
    assert [one.dataset for one in ledger.outages()] == ["first", "second"]
