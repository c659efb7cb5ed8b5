"""Shares the whole way: hosts on loopback and a user's files, to marts on one basis."""

from __future__ import annotations

import http.server
import json
import threading
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from pipeline import build, fetch, opening, run
from pipeline.entry import Run
from pipeline.extract import import_file, sec, stooq
from pipeline.extract.bundled import BUNDLED
from pipeline.extract.documents import Documents
from pipeline.ledger import Ledger
from pipeline.secret import Secret
from pipeline.settings import Http, Web
from pipeline.source import Wanted

if TYPE_CHECKING:
    from collections.abc import Iterator

    import polars as pl

    from pipeline.job import Job
    from pipeline.outcome import Outcome
    from pipeline.source import Source

EQUITIES = Path(__file__).resolve().parents[2] / "shared" / "equities"
CANARY = "canary+key/2026"
NVDA = """Date,Open,High,Low,Close,Volume
2024-02-14,73.2,74.24,71.94,73.9,504917000
2024-02-15,73.87,73.96,72.47,72.658,420120000
2024-06-06,124.05,125.59,118.32,121,664696000
2024-06-07,119.77,121.69,118.02,120.888,412386000
2024-06-10,120.37,123.1,117.01,121.79,314162700
"""
OTHER = NVDA.replace("73.87,73.96,72.47,72.658", "12,13,11,12.76")
FACTS: dict[str, Any] = {
    "cik": 1045810,
    "facts": {
        "us-gaap": {
            "Revenues": {
                "units": {
                    "USD": [
                        {"start": start, "end": end, "val": val, "accn": accn, "fy": 2026,
                         "fp": "Q1", "form": "10-Q", "filed": filed}
                        for start, end, val, accn, filed in [
                            ("2025-01-27", "2025-10-26", 147811000000, "25-3", "2025-11-19"),
                            ("2025-07-28", "2025-10-26", 57006000000, "25-3", "2025-11-19"),
                            ("2025-01-27", "2026-01-25", 215938000000, "26-1", "2026-02-25"),
                        ]
                    ]
                }
            }
        }
    },
}  # fmt: skip


class Web200(http.server.BaseHTTPRequestHandler):
    """Says what a test put under a path, and keeps what it was asked."""

    answers: dict[str, tuple[int, str, bytes]]
    asked: list[tuple[str, str]]

    def do_GET(self) -> None:
        self.asked.append((self.path, self.headers["User-Agent"]))
        key = next((one for one in self.answers if one in self.path), "")
        status, kind, content = self.answers.get(key, (404, "text/plain", b"no"))
        self.send_response_only(status)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)

    def log_message(self, *arguments: object) -> None:
        pass


@pytest.fixture
def host() -> Iterator[tuple[str, type[Web200]]]:
    handler = type("Handler", (Web200,), {"answers": {}, "asked": []})
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield f"http://127.0.0.1:{server.server_address[1]}", handler
    server.shutdown()
    server.server_close()
    thread.join(5)


def documents(job: Job, publisher: Any) -> Documents:
    name = publisher.PUBLISHER.name
    return Documents(
        publisher.PUBLISHER,
        publisher.DOCUMENTS,
        publisher.ENTITIES,
        job.settings.web[name],
        publisher.PUBLISHER.lacks(job.settings),
    )


@pytest.fixture
def at_host(job: Job, host: tuple[str, type[Web200]]) -> Job:
    """A job that knows a contact and a key, and asks the host on this machine."""
    url = host[0]
    settings = replace(
        job.settings,
        http=Http(contact="me@example.org", tries=1, backoff_seconds=0.01, run_seconds=20),
        web={
            "sec": Web(url=url),
            "stooq": Web(enabled=True, url=f"{url}/q/d/l/", key=Secret(CANARY)),
        },
    )
    Ledger(settings.ledger).start(Run(job.run_id, "run", job.version, job.clock()))
    return replace(job, settings=settings)


def fetched(job: Job, *publishers: Any, days_later: int = 0) -> Outcome:
    later = replace(job, clock=lambda: job.clock() + timedelta(days=days_later))
    sources: list[Source] = [BUNDLED, *(documents(later, one) for one in publishers)]
    return fetch.fetch(later, sources, Wanted(now=later.clock()))


def ask(job: Job, query: str, **when: Any) -> pl.DataFrame:
    with opening.open_warehouse(job, **when) as opened:
        return opened.query(query)


def test_from_hosts_to_marts_and_the_key_is_nowhere(
    at_host: Job, host: tuple[str, type[Web200]], events: list[tuple[str, dict[str, object]]]
) -> None:
    url, web = host
    web.answers = {
        "s=nvda.us": (200, "text/plain", NVDA.encode()),
        "s=amd.us": (200, "text/html", b"<html><body>get your apikey</body></html>"),
        "CIK0001045810": (200, "application/json", json.dumps(FACTS).encode()),
        "CIK0000002488": (403, "text/html", b"<html>Undeclared Automated Tool</html>"),
    }
    outcome = fetched(at_host, sec, stooq)
    failures = {unit.dataset: str(error) for unit, error in outcome.failures}
    assert failures.keys() == {"companyfacts/AMD", "companyfacts/NVDA", "daily/AMD"}
    assert (
        "turns this machine away at its gate (403): <html>Undeclared"
        in failures["companyfacts/AMD"]
    )
    assert "asks for an API key, so that the one that is set" in failures["daily/AMD"]
    assert "me@example.org" in web.asked[0][1]
    assert all("\n" not in text for text in failures.values())
    [target] = [path for path, _ in web.asked if "nvda" in path]
    assert target == "/q/d/l/?s=nvda.us&i=d&apikey=canary%2Bkey%2F2026"

    build.build(at_host)
    rows = ask(
        at_host,
        "select price_date, close_usd, close_as_traded_usd, source from marts.equity_day "
        "where ticker = 'NVDA' and price_date >= date '2024-06-01' order by 1",
        report_date=date(2026, 11, 23),
    )
    assert rows.rows() == [
        (date(2024, 6, 6), 121.0, 1210.0, "stooq"),
        (date(2024, 6, 7), 120.888, pytest.approx(1208.88), "stooq"),
        (date(2024, 6, 10), 121.79, 121.79, "stooq"),
    ]
    sources = ask(at_host, "select url from marts.source where source = 'stooq'")
    assert sources.rows() == [(f"{url}/q/d/l/?s=nvda.us&i=d",)]
    kept = b"".join(
        path.read_bytes() for path in at_host.settings.data.rglob("*") if path.is_file()
    )
    assert b"canary" not in kept
    assert "canary" not in repr(events)
    assert "canary" not in repr(failures)


def test_a_host_that_changed_leaves_what_was_there(
    at_host: Job, host: tuple[str, type[Web200]]
) -> None:
    _, web = host
    good = {
        "s=nvda.us": (200, "text/csv", NVDA.encode()),
        "s=amd.us": (200, "text/csv", OTHER.encode()),
        "CIK0001045810": (200, "application/json", json.dumps(FACTS).encode()),
        "CIK0000002488": (200, "application/json", json.dumps({**FACTS, "cik": 2488}).encode()),
    }
    web.answers = dict(good)
    outcome = fetched(at_host, sec, stooq)
    # Closes of another share under AMD's name: the known ones tell.
    [(unit, error)] = outcome.failures
    assert (unit.dataset, "are not those of AMD" in str(error)) == ("daily/AMD", True)
    cut = {**FACTS, "facts": {"us-gaap": {"Assets": {}}}}
    web.answers = {
        **good,
        "s=nvda.us": (200, "text/csv", b"\n".join(NVDA.encode().split(b"\n")[:3])),
        "CIK0001045810": (200, "application/json", json.dumps(cut).encode()),
    }
    outcome = fetched(at_host, sec, stooq, days_later=8)
    assert {unit.dataset for unit, _ in outcome.failures} == {
        "companyfacts/NVDA",
        "daily/AMD",
        "daily/NVDA",
    }
    build.build(at_host)
    quarters = ask(
        at_host,
        "select ticker, quarter_end, revenue_usd, is_derived from marts.equity_revenue_quarter "
        "where ticker = 'NVDA' order by 2",
    )
    assert quarters.rows() == [
        ("NVDA", date(2025, 10, 26), 57006000000.0, False),
        ("NVDA", date(2026, 1, 25), 68127000000.0, True),
    ]
    n_rows = ask(at_host, "select count(*) from marts.equity_close_day where source = 'stooq'")
    assert n_rows.item() == 5


def test_the_recorded_history_and_filings_give_their_marts(at_host: Job, tmp_path: Path) -> None:
    if not EQUITIES.is_dir():
        pytest.skip("shared/equities is absent: nothing recorded is read")
    mapping = tmp_path / "closes.toml"
    mapping.write_text('[columns]\nprice_date = "date"\nclose_usd = "close"\n')
    fetched(at_host)
    content, origin, _ = import_file.read(
        EQUITIES / "amd_close_1990_2022_skfolio.csv",
        kind="equity_daily",
        producer="skfolio",
        citation="skfolio 1.12.2",
        licence="BSD-3-Clause",
        published=None,
        mapping=mapping,
        ticker="AMD",
        now=datetime(2026, 11, 23, 12, tzinfo=UTC),
    )
    assert run.take_in(replace(at_host, run_id="import"), content, origin)
    build.build(at_host)
    whole = ask(
        at_host,
        "select count(*), count(change_trading_day), max(days_since_previous), "
        "count(*) filter (change_trading_day = 0), min(close_as_traded_usd / close_usd), "
        "max(close_as_traded_usd / close_usd) "
        "from marts.equity_day where ticker = 'AMD' and source = 'import'",
    )
    n_days, n_changes, longest, n_same, least, most = whole.row(0)
    # The exchanges were shut for a week in September 2001; equal closes in a row were many when
    # prices moved by eighths.
    assert (n_days, n_changes, longest, least, most) == (8313, 8312, 7, 1.0, 2.0)
    assert n_same == 386
    large = ask(
        at_host,
        "select price_date, round(change_trading_day, 2) from marts.equity_day "
        "where price_date in (date '2016-04-22', date '2017-05-02') order by 1",
    )
    assert large.rows() == [(date(2016, 4, 22), 0.52), (date(2017, 5, 2), -0.24)]
    claim = ask(
        at_host,
        "select verdict, verdict_known_then from estimates.claim "
        "where claim_id = 'amd-from-2-to-175'",
    )
    assert claim.rows() == [("holds", "holds")]
