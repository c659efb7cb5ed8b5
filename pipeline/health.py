"""Health: what is published, whether it is whole and passes its checks, and how old it is.

Nothing is changed, and nothing but reading is needed, so that it works for who may only read.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from pipeline import books, file_format, transform
from pipeline.errors import PayloadError
from pipeline.freshness import Age, ages, must_be_fresh
from pipeline.ledger import Ledger
from pipeline.model import models
from pipeline.past import held
from pipeline.payload import PayloadStore

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from pipeline.entry import BadAnswer, Run
    from pipeline.job import Job
    from pipeline.transform import BadRows
    from pipeline.warehouse import Warehouse

_SHOWN_RUNS = 5


@dataclass(frozen=True)
class Examined:
    """What an examination found; ``damaged`` are payloads that are missing or not as stored.

    Hashes are not compared where another DuckDB made them; rows are counted all the same.
    """

    file: str
    row_count: int
    content_hash: str
    is_hash_compared: bool
    checks: tuple[str, ...]
    failed: tuple[BadRows, ...]
    ages: tuple[Age, ...]
    payloads: int | None
    damaged: tuple[str, ...]

    def to_fields(self) -> dict[str, Any]:
        """Plain fields for JSON."""
        failed = {bad.check: bad for bad in self.failed}
        return {
            "file": self.file,
            "rows": self.row_count,
            "content_hash": self.content_hash,
            "is_hash_compared": self.is_hash_compared,
            "checks": [
                {
                    "check": name,
                    "passed": name not in failed,
                    "bad_rows": failed[name].count if name in failed else 0,
                    "sample": list(failed[name].sample) if name in failed else [],
                }
                for name in self.checks
            ],
            "sources": _ages(self.ages),
            "payloads": self.payloads,
            "damaged_payloads": list(self.damaged),
        }

    def must_be_well(self) -> None:
        """Raise the worst of what was found.

        Raises:
            PayloadError: a payload is missing or damaged.
            CheckError: a check returned rows.
            StaleError: a source gave nothing for too long.
        """
        if self.damaged:
            raise PayloadError("\n".join(self.damaged))
        transform.must_pass(self.failed)
        must_be_fresh(self.ages)


def examine(job: Job, opened: Warehouse, *, now: datetime, payloads: bool = False) -> Examined:
    """Read an open warehouse whole, run all checks on all of it, and tell how old it is.

    Args:
        job: settings and folders of files.
        opened: what is published, or a private file.
        now: the moment from which ages are counted.
        payloads: read every payload that the file rests on, too.

    Raises:
        DamagedError: the file is not what was written.
        WarehouseError: an older capbrief wrote it, without books and all that is checked.
    """
    file_format.must_be_current(opened.connection, opened.path)
    books.must_hold(opened.connection, opened.path, books.everything(opened.connection))
    content = books.content(opened.connection)
    checks = models(job.sql, ["checks"])
    failed = transform.check(opened.connection, checks)
    count, damaged = _read_payloads(job, opened) if payloads else (None, ())
    return Examined(
        file=str(opened.path),
        row_count=content.row_count,
        content_hash=content.content_hash,
        is_hash_compared=file_format.is_hashed_here(opened.connection),
        checks=tuple(one.name for one in checks),
        failed=tuple(failed),
        ages=ages(job, opened, now),
        payloads=count,
        damaged=damaged,
    )


def _read_payloads(job: Job, opened: Warehouse) -> tuple[int, tuple[str, ...]]:
    store = PayloadStore(job.settings.payloads)
    known = opened.query(
        "select distinct payload_sha256 from raw.capbrief__payload order by all"
    ).to_series()
    damaged = []
    for sha256 in known:
        try:
            store.read(sha256)
        except PayloadError as error:
            damaged.append(str(error))
    return len(known), tuple(damaged)


def status(job: Job, opened: Warehouse) -> dict[str, Any]:
    """What is there, how old it is, how the last runs ended, what is missing and what waits."""
    ledger = Ledger(job.settings.ledger)
    built = opened.query("select report_date, as_of, edition_title from marts.build").row(0)
    published = {one.file_name: one for one in ledger.publications()}.get(opened.path.name)
    runs = ledger.runs()
    gaps = opened.query(
        "select count(*) as n, count(*) filter (last_date is null) as n_open from marts.gap"
    ).row(0)
    refused = opened.query(
        "select source, entity, count(*) as n_rows from marts.quarantine group by all order by all"
    )
    return {
        "file": str(opened.path),
        "format": file_format.version(opened.connection),
        "bytes": opened.path.stat().st_size,
        "content_hash": published.content_hash if published else None,
        "published_at": _minute(published.published_at) if published else None,
        "report_date": str(built[0]),
        "edition": built[2],
        "fetched_at": _minute(_last_fetched(runs)),
        "sources": _ages(ages(job, opened, job.clock())),
        "runs": [_run(one) for one in runs[-_SHOWN_RUNS:]],
        "gaps": {"total": gaps[0], "open": gaps[1]},
        "quarantine": refused.to_dicts(),
        "waiting": [one.dataset for one in held(ledger)],
        "bad_answer": _beginning(ledger.bad_answers()),
        "tables": opened.row_counts(),
    }


def _ages(found: Sequence[Age]) -> list[dict[str, Any]]:
    return [
        {
            "source": one.source,
            "retrieved_at": _minute(one.retrieved_at),
            "age_hours": one.age_hours,
            "state": one.state,
            "need": "required" if one.is_required else "optional",
        }
        for one in found
    ]


def _run(one: Run) -> dict[str, Any]:
    return {
        "run_id": one.run_id,
        "command": one.command,
        "started_at": _minute(one.started_at),
        "status": one.status,
        "exit_code": one.exit_code,
        "settings": one.settings,
    }


def _last_fetched(runs: Sequence[Run]) -> datetime | None:
    fetched = [one for one in runs if one.command in ("run", "fetch") and one.exit_code in (0, 3)]
    return fetched[-1].finished_at if fetched else None


def _minute(at: datetime | None) -> str | None:
    return f"{at:%Y-%m-%d %H:%M:%SZ}" if at else None


def _beginning(answers: Sequence[BadAnswer]) -> str | None:
    """The newest answer that could not be used, as far as it is kept."""
    if not answers:
        return None
    last = answers[-1]
    return f"{last.seen_at:%Y-%m-%d %H:%M}Z {last.url}: {last.reason}: {last.sample[:200]!r}"
