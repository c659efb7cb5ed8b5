"""Text file: figures of the last run for Prometheus, through its node exporter's collector.

The format is that of text exposition 0.0.4.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from pipeline.files import write_whole

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from datetime import datetime
    from pathlib import Path


@dataclass(frozen=True)
class Figures:
    """What is told of a home after a run; null and empty where it is not known.

    Counts and bytes are of what is published, calls of the calendar month (UTC). Times are UTC,
    ages in seconds.
    """

    finished_at: datetime
    exit_code: int
    duration_seconds: float
    succeeded_at: datetime | None = None
    source_ages_seconds: Mapping[str, float] = field(default_factory=dict)
    rows: Mapping[str, int] = field(default_factory=dict)
    n_quarantined: int | None = None
    calls_spent: int | None = None
    calls_remaining: int | None = None
    warehouse_bytes: int | None = None
    n_waiting: int | None = None
    n_alerts: int | None = None


def exposition(figures: Figures) -> str:
    """The figures as Prometheus reads them; what is not known is left out."""
    succeeded = figures.succeeded_at.timestamp() if figures.succeeded_at else None
    single: list[tuple[str, str, float | None]] = [
        ("last_success_timestamp_seconds", "When a run last ended with a report.", succeeded),
        ("last_run_timestamp_seconds", "When a run last ended.", figures.finished_at.timestamp()),
        ("last_exit_code", "How it ended.", figures.exit_code),
        ("run_duration_seconds", "How long it took.", figures.duration_seconds),
        ("quarantined_total", "Rows that were kept apart.", figures.n_quarantined),
        ("api_credits_spent", "Calls of CoinGecko's plan this month.", figures.calls_spent),
        ("api_credits_remaining", "Calls that are left of it.", figures.calls_remaining),
        ("warehouse_bytes", "Size of what is published.", figures.warehouse_bytes),
        ("outbox_waiting", "Messages that could not be sent yet.", figures.n_waiting),
        ("alerts_firing", "Alerts that fire.", figures.n_alerts),
    ]
    lines: list[str] = []
    for name, about, value in single:
        if value is not None:
            lines += _metric(name, about, {"": value}, "")
    ages = "Time since a source gave something."
    lines += _metric("source_age_seconds", ages, figures.source_ages_seconds, "source")
    lines += _metric("rows", "Rows of a published table.", figures.rows, "table")
    return "\n".join([*lines, ""])


def write(path: Path, figures: Figures) -> None:
    """Write the file whole, readable by all, for the exporter runs as another user.

    Raises:
        OSError: it cannot be written.
    """
    write_whole(path, exposition(figures).encode(), mode=0o644)


def _metric(name: str, about: str, values: Mapping[str, float], label: str) -> Iterator[str]:
    if not values:
        return
    yield f"# HELP capbrief_{name} {about}"
    yield f"# TYPE capbrief_{name} gauge"
    for key, value in values.items():
        labels = f'{{{label}="{_escaped(key)}"}}' if label else ""
        yield f"capbrief_{name}{labels} {value:.15g}"


def _escaped(text: str) -> str:
    return text.replace("\\", "\\\\").replace("\n", "\\n").replace('"', '\\"')
