"""The text file for Prometheus, read by Prometheus' own reader."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from prometheus_client.parser import text_string_to_metric_families

from pipeline import measures
from pipeline.deliver import textfile
from pipeline.deliver.textfile import Figures
from pipeline.errors import UnavailableError

if TYPE_CHECKING:
    from pathlib import Path

    import pytest

    from pipeline.job import Job
    from tests.conftest import Command  # noqa: TID251 - for its types only

AT = datetime(2026, 11, 23, 12, tzinfo=UTC)
FULL = Figures(
    AT, 3, 12.5, AT, {'a"\\\nb': 3600.0}, {"marts.token_day": 12}, 4, 90, 9910, 1_000_000, 2, 1
)


def read(text: str) -> dict[tuple[str, str], float]:
    found = {}
    for family in text_string_to_metric_families(text):
        assert family.type == "gauge"
        assert family.documentation
        for sample in family.samples:
            found[sample.name, "".join(sample.labels.values())] = sample.value
    return found


def test_it_is_read_as_it_was_meant() -> None:
    assert read(textfile.exposition(FULL)) == {
        ("capbrief_last_success_timestamp_seconds", ""): AT.timestamp(),
        ("capbrief_last_run_timestamp_seconds", ""): AT.timestamp(),
        ("capbrief_last_exit_code", ""): 3,
        ("capbrief_run_duration_seconds", ""): 12.5,
        ("capbrief_quarantined_total", ""): 4,
        ("capbrief_api_credits_spent", ""): 90,
        ("capbrief_api_credits_remaining", ""): 9910,
        ("capbrief_warehouse_bytes", ""): 1_000_000,
        ("capbrief_outbox_waiting", ""): 2,
        ("capbrief_alerts_firing", ""): 1,
        ("capbrief_source_age_seconds", 'a"\\\nb'): 3600,
        ("capbrief_rows", "marts.token_day"): 12,
    }


def test_what_is_not_known_is_left_out() -> None:
    names = {name for name, _ in read(textfile.exposition(Figures(AT, 8, 1.0)))}
    assert names == {
        "capbrief_last_run_timestamp_seconds",
        "capbrief_last_exit_code",
        "capbrief_run_duration_seconds",
    }


def test_others_can_read_the_file(tmp_path: Path) -> None:
    textfile.write(tmp_path / "capbrief.prom", FULL)
    assert (tmp_path / "capbrief.prom").stat().st_mode & 0o777 == 0o644


def with_file(job: Job, path: Path) -> Job:
    own = job.settings
    return replace(job, settings=replace(own, monitor=replace(own.monitor, textfile=str(path))))


def test_a_file_that_cannot_be_written_is_no_reason_to_fail(
    job: Job, tmp_path: Path, events: list[tuple[str, dict[str, object]]]
) -> None:
    (tmp_path / "file").write_text("")
    measures.write(with_file(job, tmp_path / "file" / "x.prom"), 0, AT, None)
    assert [event for event, _ in events] == ["textfile_failed"]


def test_a_home_that_is_broken_still_says_how_the_run_ended(
    job: Job, tmp_path: Path, events: list[tuple[str, dict[str, object]]]
) -> None:
    job.settings.state.mkdir(parents=True)
    job.settings.ledger.write_bytes(b"no ledger" * 1000)
    measures.write(with_file(job, tmp_path / "x.prom"), UnavailableError.exit_code, AT, None)
    found = read((tmp_path / "x.prom").read_text())
    assert found["capbrief_last_exit_code", ""] == 6
    assert ("capbrief_outbox_waiting", "") not in found
    assert {event for event, _ in events} == {"textfile_incomplete"}


def test_the_figures_are_those_of_the_home(
    run: Command, job: Job, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    own = replace(job.settings, data=run.home, state=run.home / "state")
    measures.write(with_file(replace(job, settings=own), tmp_path / "x.prom"), 0, AT, None)
    found = read((tmp_path / "x.prom").read_text())
    assert found["capbrief_warehouse_bytes", ""] == run.published.stat().st_size
    assert found["capbrief_rows", "marts.token_day"] > 1000
    assert found["capbrief_last_success_timestamp_seconds", ""] == AT.timestamp()
    assert ("capbrief_api_credits_remaining", "") not in found  # keyless has no limit
