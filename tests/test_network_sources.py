"""Sources of networks on loopback: what one run has, and what it does with hosts that fail."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import urlsplit

import pytest

from pipeline import build, extract, fetch, opening
from pipeline.entry import Run
from pipeline.extract.bundled import BUNDLED
from pipeline.extract.documents import Documents
from pipeline.job import Job
from pipeline.ledger import Ledger
from pipeline.outcome import Outcome
from pipeline.past import Known
from pipeline.settings import Http, Settings, Web
from pipeline.source import Wanted
from pipeline.warehouse import Warehouse

NOW = datetime(2026, 11, 23, 12, tzinfo=UTC)
NAMES = ("akash", "defillama", "ionet", "nosana", "render")
Answer = tuple[int, dict[str, str], bytes]


class Net:
    """All networks' hosts behind one port, told apart by the beginning of the path."""

    def __init__(self, answers: dict[str, dict[str, Any]]) -> None:
        self.answers = answers
        self.spoiled: dict[str, Answer] = {}
        self.asked: list[str] = []
        net = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_GET(self) -> None:
                name, _, rest = urlsplit(self.path).path.removeprefix("/").partition("/")
                status, headers, body = net.answer(name, f"/{rest}")
                self.send_response_only(status)
                for key, value in ({"Content-Type": "application/json"} | headers).items():
                    self.send_header(key, value)
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, format: str, *arguments: Any) -> None:
                pass

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.thread = threading.Thread(target=self.server.serve_forever, daemon=True)
        self.thread.start()

    def answer(self, name: str, path: str) -> Answer:
        self.asked.append(f"{name}{path}")
        for prefix, spoiled in self.spoiled.items():
            if f"{name}{path}".startswith(prefix):
                return spoiled
        found = self.answers[name].get(path)
        return (404, {}, b"{}") if found is None else (200, {}, json.dumps(found).encode())

    def url(self, name: str) -> str:
        return f"http://127.0.0.1:{self.server.server_address[1]}/{name}"

    def close(self) -> None:
        self.server.shutdown()
        self.server.server_close()
        self.thread.join()


@pytest.fixture
def net(network_answers: dict[str, dict[str, Any]]) -> Iterator[Net]:
    found = Net(network_answers)
    yield found
    found.close()


@pytest.fixture
def clock() -> list[datetime]:
    """The moment that a job takes for now; a test may change it."""
    return [NOW]


@pytest.fixture
def home(job: Job, net: Net, clock: list[datetime]) -> Callable[..., Job]:
    """A job on this home that asks the loopback networks."""

    def make(run_id: str = "first", seconds: float = 100) -> Job:
        asked = {name: Web(enabled=True, url=net.url(name)) for name in NAMES}
        http = Http(tries=2, backoff_seconds=0.01, total_seconds=10, run_seconds=seconds)
        settings = replace(job.settings, web=asked, http=http)
        made = replace(job, run_id=run_id, settings=settings, clock=lambda: clock[0])
        Ledger(settings.ledger).start(Run(run_id, "run", made.version, clock[0]))
        return made

    return make


def documents_of(chosen: Settings) -> list[Documents]:
    return [one for one in extract.sources(chosen, (), ()) if isinstance(one, Documents)]


def source_of(job: Job, name: str) -> Documents:
    return next(one for one in documents_of(job.settings) if one.name == name)


def had(job: Job) -> Outcome:
    # Patience is tested elsewhere; here a minute of a host's pace has no length.
    sources = []
    for source in documents_of(job.settings):
        if source.name in NAMES:
            fast = replace(source.publisher, calls_per_minute=100_000)
            sources.append(replace(source, publisher=fast))
    return fetch.fetch(job, [BUNDLED, *sources], Wanted(now=job.clock()))


def rows(warehouse: Warehouse, sql: str) -> list[tuple[Any, ...]]:
    return warehouse.query(sql).rows()


CAPACITY = """
    select network_id, fact_date, claimed_gpus, verified_gpus, available_gpus, leased_gpus
    from marts.network_capacity_day where source <> 'bundled' order by all
"""
TODAY = date(2026, 11, 23)
SERIES = "graph-data/activeGPU"


def test_a_run_has_all_of_it_and_a_report_can_read_it(home: Callable[..., Job]) -> None:
    job = home()
    outcome = had(job)
    assert outcome.failures == []
    assert outcome.calls == 8 + 3 + 3 + 2 + 1
    build.build(job)
    with opening.open_warehouse(job) as found:
        assert rows(found, CAPACITY) == [
            ("akash", TODAY, None, 100, 35, 60),
            ("io.net", TODAY, 125_000, None, 1100, 40),
            ("render", TODAY, None, None, None, None),
        ]
        counts = {
            table: rows(found, f"select count(*) from {table}")[0][0]
            for table in (
                "marts.network_gpu_day where source <> 'bundled'",
                "marts.network_price_day",
                "marts.network_total_day",
                "marts.network_revenue_day",
                "marts.network_activity_day",
                "marts.network_epoch",
            )
        }
        # 3 models on 11 days that are over, 4 of today, 2 of io.net; 2 prices each.
        assert list(counts.values()) == [39, 6, 4, 4 * 11, 11, 2]
        # 7,534.76 USD are written 7,534,761,378: the first day's 7,000 USD as well.
        [(spent,)] = rows(
            found,
            "select revenue_usd from marts.network_revenue_day "
            "where source = 'akash' and revenue_date = '2026-11-12'",
        )
        assert spent == 7000
        assert rows(
            found,
            "select endpoint, total_difference_gpus, is_total_disputed "
            "from marts.network_total_day order by all",
        ) == [
            ("gpu", 1, False),
            ("gpu-prices", -7, True),
            ("models", 1, False),
            ("network-capacity", 0, False),
        ]
        # A user of Nosana pays the reward and a fee of 10 %.
        assert rows(
            found,
            "select gpu_name, round(min_usd_per_gpu_hour, 6) from marts.network_price_day "
            "where network_id = 'nosana' order by all",
        ) == [("NVIDIA 3090", 0.132), ("NVIDIA H100", 2.2)]


def test_the_same_day_again_has_nothing_more(home: Callable[..., Job], net: Net) -> None:
    had(home())
    asked = len(net.asked)
    assert had(home("second")).failures == []
    assert len(net.asked) == asked


def test_the_next_day_keeps_observations_and_no_equal_histories(
    home: Callable[..., Job], clock: list[datetime]
) -> None:
    had(home())
    clock[0] = NOW + timedelta(days=1)
    outcome = had(home("second"))
    assert outcome.failures == []
    # Five answers of Akash's state, three of io.net, one of Nosana, one of Render: histories
    # are the same, and Akash's models by day, like Render's epochs, are asked for weekly.
    assert outcome.payloads == 5 + 2 + 1 + 1
    assert outcome.calls == 7 + 3 + 1 + 2 + 1


PAGE = b"<!doctype html><title>Just a moment</title>"
HTML = {"Content-Type": "text/html"}
# What hosts do instead of answering: status, headers, body.
FAULTS: dict[str, Answer] = {
    "F01 down": (503, {}, b"{}"),
    "F10 page": (200, HTML, PAGE),
    "F10 page called JSON": (200, {}, PAGE),
    "F12 empty list": (200, {}, b"[]"),
    "F12 empty object": (200, {}, b"{}"),
    "F15 slow down": (429, {"Retry-After": "1"}, b"{}"),
    "F18 gone": (404, {}, b"{}"),
    "F25 NaN": (200, {}, b'{"snapshots": [{"date": "2026-11-12T00:00:00Z", "value": NaN}]}'),
    "F26 cut": (200, {}, b'{"snapshots": [{"da'),
}


@pytest.mark.parametrize("fault", FAULTS)
def test_an_answer_that_is_none_leaves_the_last_good_one_and_the_run_goes_on(
    fault: str, home: Callable[..., Job], net: Net, clock: list[datetime]
) -> None:
    job = home()
    had(job)
    before = Known(job, source_of(job, "akash")).payloads(SERIES)
    assert before
    clock[0] = NOW + timedelta(days=8)
    net.spoiled[f"akash/v1/{SERIES}"] = FAULTS[fault]
    job = home("second")
    outcome = had(job)
    failed = {unit.dataset for unit, _ in outcome.failures}
    # A host that is busy for good is left alone for the rest of the run; another source is not.
    assert failed == {SERIES} if "F15" not in fault else SERIES in failed
    assert not {"fees/aethir", "market-snapshot", "markets", "nodes-and-frames"} & failed
    assert all(not unit.is_required for unit, _ in outcome.failures)
    assert outcome.payloads > 5
    assert Known(job, source_of(job, "akash")).payloads(SERIES) == before


def test_a_host_that_is_down_ends_its_own_part_alone(
    home: Callable[..., Job], net: Net, clock: list[datetime]
) -> None:
    had(home())
    clock[0] = NOW + timedelta(days=8)
    net.spoiled["akash"] = (503, {}, b"{}")
    # What is left of the run's time is shorter than the pause after five failures in a row.
    outcome = had(home("second", seconds=5))
    failed = {unit.dataset for unit, _ in outcome.failures}
    assert len(failed) == 8
    assert {"network-capacity", SERIES} < failed
    assert {name.partition("/")[0] for name in net.asked[-9:]} == {
        "defillama",
        "render",
        "ionet",
        "nosana",
    }


def test_after_a_bad_day_marts_say_when_the_last_good_one_was(
    home: Callable[..., Job], net: Net, clock: list[datetime]
) -> None:
    had(home())
    clock[0] = NOW + timedelta(days=1)
    net.spoiled["akash/v1/network-capacity"] = (200, HTML, PAGE)
    # Half of the models are called otherwise: more than a few rows that do not fit.
    for models in net.answers["akash"]["/v1/gpu"]["gpus"]["details"].values():
        for model in models:
            model["allocatable"] = f"{model['allocatable']}"
    job = home("second")
    outcome = had(job)
    assert {unit.dataset for unit, _ in outcome.failures} == {"network-capacity", "gpu"}
    build.build(job)
    with opening.open_warehouse(job) as found:
        akash = [row for row in rows(found, CAPACITY) if row[0] == "akash"]
        assert akash == [("akash", TODAY, None, 100, 35, 60)]
        [(last,)] = rows(
            found,
            "select max(fact_date) from marts.network_gpu_day where endpoint = 'gpu'",
        )
        assert last == TODAY
        [(reached,)] = rows(
            found,
            "select last_date from marts.source_freshness "
            "where entity = 'network_capacity_day (akash)'",
        )
        assert reached == TODAY


def test_one_odd_row_is_quarantined_and_the_others_count(
    home: Callable[..., Job], net: Net
) -> None:
    net.answers["akash"]["/v1/gpu"]["gpus"]["details"]["nvidia"][0]["allocated"] = 33
    job = home()
    assert had(job).failures == []
    build.build(job)
    with opening.open_warehouse(job) as found:
        assert rows(found, "select source, entity, reason from marts.quarantine") == [
            ("akash", "gpu_model", "allocated: is more than all of allocatable")
        ]
        [(n,)] = rows(found, "select count(*) from marts.network_gpu_day where endpoint = 'gpu'")
        assert n == 3


def test_the_unofficial_ones_are_asked_only_where_they_are_switched_on(
    settings: Settings,
) -> None:
    on = {source.name for source in documents_of(settings) if source.is_on}
    assert {"akash", "defillama"} <= on
    assert not {"render", "ionet", "nosana"} & on
    asked = replace(settings, web={"ionet": Web(enabled=True), "akash": Web(enabled=False)})
    on = {source.name for source in documents_of(asked) if source.is_on}
    assert "ionet" in on
    assert "akash" not in on
    unofficial = {
        source.name for source in documents_of(settings) if not source.publisher.is_official
    }
    assert {"render", "ionet", "nosana"} <= unofficial


def test_made_day_by_day_it_is_what_a_rebuild_makes(
    home: Callable[..., Job], net: Net, clock: list[datetime]
) -> None:
    job = home()
    had(job)
    build.build(job)
    clock[0] = NOW + timedelta(days=1)
    net.answers["akash"]["/v1/gpu"]["gpus"]["details"]["nvidia"][1]["allocated"] = 31
    job = home("second")
    had(job)
    build.build(job)
    step = contents(job)
    build.build(job, full=True)
    assert contents(job) == step
    assert len(step["marts.network_capacity_day"]) > 3


def contents(job: Job) -> dict[str, list[tuple[Any, ...]]]:
    """The rows of every mart and estimate of networks, in order."""
    with opening.open_warehouse(job) as found:
        tables = rows(
            found,
            "select schema_name || '.' || table_name from duckdb_tables() "
            "where schema_name in ('marts', 'estimates') and table_name like 'network%' "
            "order by all",
        )
        assert len(tables) == 15
        return {table: rows(found, f"select * from {table} order by all") for (table,) in tables}
