"""Catalogues of offers on loopback: what one run has, and what it does with hosts that fail."""

from __future__ import annotations

import io
import threading
import zipfile
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest

from pipeline import build, fetch, opening
from pipeline.entry import Run
from pipeline.extract import PUBLISHERS, dstack, skypilot
from pipeline.extract.bundled import BUNDLED
from pipeline.extract.documents import Documents
from pipeline.job import Job
from pipeline.ledger import Ledger
from pipeline.outcome import Outcome
from pipeline.past import Known
from pipeline.settings import Http, Web
from pipeline.source import Wanted
from pipeline.warehouse import Warehouse

NOW = datetime(2026, 11, 23, 12, tzinfo=UTC)
NAMES = ("dstack", "skypilot")
VERSION = "20261123-77"
HEADER = (
    "instance_name,location,price,cpu,memory,gpu_count,gpu_name,gpu_memory,spot,disk_size,"
    "gpu_vendor,flags,cpu_arch,provider_data\n"
)
# By provider: instance, region, price of the instance, number, model, memory, spot.
Offer = tuple[str, str, float, int, str, float | str, bool]
OFFERS: dict[str, list[Offer]] = {
    "aws": [
        ("p5.48xlarge", "us-east-1", 56.0, 8, "H100", 80.0, False),
        ("p5.48xlarge", "eu-north-1", 64.0, 8, "H100", 80.0, False),
        ("p5.48xlarge", "us-east-1", 24.0, 8, "H100", 80.0, True),
        ("m5.large", "us-east-1", 0.1, 0, "", "", False),
    ],
    "lambdalabs": [("gpu_8x_h100_sxm5", "us-west-1", 24.0, 8, "H100", 80.0, False)],
    "nebius": [
        ("gpu-h100-sxm 1gpu-16vcpu-200gb", "eu-north1", 3.0, 1, "H100", 80.0, False),
        ("gpu-x999 1gpu", "eu-north1", 3.0, 1, "X999", 80.0, False),
    ],
    "gcp": [("a3-highgpu-8g", "us-central1-a", 40.0, 8, "H100", 80.0, False)],
}
ROWS = "InstanceType,AcceleratorName,AcceleratorCount,vCPUs,MemoryGiB,Price,Region,SpotPrice\n"
SKY = {
    "verda": ROWS + "1H100.80S.32V,H100,1,32,185,2.0,FIN-02,0.9\n",
    "aws": ROWS + "p5.48xlarge,H100,8,192,2048,80.0,us-east-1,\n",
}


def archive(provider: str, factor: float = 1) -> bytes:
    lines = [
        f"{name},{region},{usd * factor},1,1.0,{count},{model},{memory},{spot},,nvidia,,x86,{{}}\n"
        for name, region, usd, count, model, memory, spot in OFFERS[provider]
    ]
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED) as file:
        file.writestr(zipfile.ZipInfo(f"{provider}.csv"), HEADER + "".join(lines))
    return stream.getvalue()


class Store:
    """Both hosts behind one port: what stands at a path, or 404."""

    def __init__(self) -> None:
        self.files: dict[str, bytes] = {}
        for provider in OFFERS:
            self.put(provider)
        for cloud, text in SKY.items():
            path = f"/skypilot-org/skypilot-catalog/master/catalogs/v8/{cloud}/vms.csv"
            self.files[path] = text.encode()
        store = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_GET(self) -> None:
                body = store.files.get(self.path)
                self.send_response_only(404 if body is None else 200)
                kind = "application/zip" if self.path.endswith(".zip") else "text/plain"
                self.send_header("Content-Type", kind)
                self.send_header("Content-Length", str(len(body or b"")))
                self.end_headers()
                self.wfile.write(body or b"")

            def log_message(self, format: str, *arguments: Any) -> None:
                pass

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.thread = threading.Thread(target=self.server.serve_forever, daemon=True)
        self.thread.start()
        self.url = f"http://127.0.0.1:{self.server.server_address[1]}"

    def put(self, provider: str, version: str = VERSION, factor: float = 1) -> None:
        self.files[f"/v3/{provider}/version"] = f"{version}\n".encode()
        self.files[f"/v3/{provider}/{version}/catalog.zip"] = archive(provider, factor)

    def close(self) -> None:
        self.server.shutdown()
        self.server.server_close()
        self.thread.join()


@pytest.fixture
def store() -> Iterator[Store]:
    found = Store()
    yield found
    found.close()


@pytest.fixture
def clock() -> list[datetime]:
    """The moment that a job takes for now; a test may change it."""
    return [NOW]


@pytest.fixture
def home(job: Job, store: Store, clock: list[datetime]) -> Callable[..., Job]:
    """A job on this home that asks the loopback hosts."""

    def make(run_id: str = "first") -> Job:
        asked = {name: Web(enabled=True, url=store.url) for name in NAMES}
        http = Http(tries=2, backoff_seconds=0.01, total_seconds=10, run_seconds=100)
        settings = replace(job.settings, web=asked, http=http)
        made = replace(job, run_id=run_id, settings=settings, clock=lambda: clock[0])
        Ledger(settings.ledger).start(Run(run_id, "run", made.version, clock[0]))
        return made

    return make


def published(job: Job) -> list[Documents]:
    """Both sources, with the documents that are on the loopback hosts."""
    found = []
    for publisher, listed, entities in PUBLISHERS:
        if publisher.name in NAMES:
            names = OFFERS if publisher.name == "dstack" else SKY
            chosen = [one for one in listed if one.dataset[len("catalog/") :] in names]
            assert len(chosen) == len(names)
            # Patience is tested elsewhere; here a minute of a host's pace has no length.
            fast = replace(publisher, calls_per_minute=100_000)
            found.append(Documents(fast, chosen, entities, job.settings.web[publisher.name]))
    return found


def had(job: Job) -> Outcome:
    return fetch.fetch(job, [BUNDLED, *published(job)], Wanted(now=job.clock()))


def rows(warehouse: Warehouse, sql: str) -> list[tuple[Any, ...]]:
    return warehouse.query(sql).rows()


PRICES = """
    select pricing, n_providers, n_fallbacks, min_usd_per_gpu_hour, usd_per_gpu_hour_p50,
        max_usd_per_gpu_hour, round(usd_per_bf16_dense_pflop_hour, 3)
    from marts.gpu_price_day where gpu_key = 'nvidia_h100_sxm5_80gb' order by offer_date, pricing
"""


def test_a_run_has_prices_of_both_and_a_report_can_read_them(home: Callable[..., Job]) -> None:
    job = home()
    outcome = had(job)
    assert outcome.failures == []
    assert outcome.calls == 2 * len(OFFERS) + len(SKY)
    build.build(job)
    with opening.open_warehouse(job) as found:
        # On demand: 3, 3, 5 and 7.5 of dstack, and 2 of verda, of which dstack has nothing. The
        # 10 that SkyPilot has of aws does not count beside dstack's.
        assert rows(found, PRICES) == [
            ("on_demand", 5, 1, 2.0, 3.0, 7.5, 3.032),
            ("spot", 2, 1, 0.9, 1.95, 3.0, 1.971),
        ]
        assert rows(
            found,
            "select source, catalogue, version, n_cpu_rows, n_offers, n_counted, n_names_unknown "
            "from marts.gpu_catalogue_day order by all",
        ) == [
            ("dstack", "aws", VERSION, 1, 3, 3, 0),
            ("dstack", "gcp", VERSION, 0, 1, 1, 0),
            ("dstack", "lambdalabs", VERSION, 0, 1, 1, 0),
            ("dstack", "nebius", VERSION, 0, 2, 1, 1),
            ("skypilot", "aws", None, 0, 1, 0, 0),
            ("skypilot", "verda", None, 0, 2, 2, 0),
        ]
        cited = rows(found, "select distinct source, licence from marts.source order by all")
        assert [licence for source, licence in cited if source in NAMES] == [
            dstack.PUBLISHER.licence,
            skypilot.PUBLISHER.licence,
        ]


def test_only_the_archive_is_kept_and_its_address_has_the_version(home: Callable[..., Job]) -> None:
    job = home()
    had(job)
    source = next(one for one in published(job) if one.name == "dstack")
    [(content, origin)] = Known(job, source).payloads("catalog/aws/offer")
    assert content == archive("aws")
    assert origin.url.endswith(f"/v3/aws/{VERSION}/catalog.zip")


def test_the_next_day_adds_rows_of_its_own_and_a_day_without_has_none(
    home: Callable[..., Job], clock: list[datetime], store: Store
) -> None:
    job = home()
    had(job)
    build.build(job)
    clock[0] = NOW + timedelta(days=2)
    for provider in OFFERS:
        store.put(provider, "20261125-1", 1.1)
    job = home("second")
    assert had(job).failures == []
    build.build(job)
    with opening.open_warehouse(job) as found:
        days = rows(found, "select distinct offer_date from marts.gpu_price_day order by all")
        assert days == [(date(2026, 11, 23),), (date(2026, 11, 25),)]
        medians = rows(
            found,
            "select round(usd_per_gpu_hour_p50, 3) from marts.gpu_price_day "
            "where pricing = 'on_demand' order by offer_date",
        )
        assert medians == [(3.0,), (3.3,)]


DAMAGE: dict[str, tuple[str, bytes]] = {
    "version gone": ("/v3/aws/version", b""),
    "version a page": ("/v3/aws/version", b"<!doctype html><title>Moved</title>"),
    "version leads away": ("/v3/aws/version", b"../../secret"),
    "archive a page": (f"/v3/aws/{VERSION}/catalog.zip", b"<html><body>Denied</body></html>"),
    "archive cut": (f"/v3/aws/{VERSION}/catalog.zip", archive("aws")[:200]),
    "archive of another": (f"/v3/aws/{VERSION}/catalog.zip", archive("gcp")),
    "prices in cents": (f"/v3/aws/{VERSION}/catalog.zip", archive("aws", 100)),
    "prices moved": (f"/v3/aws/{VERSION}/catalog.zip", archive("aws", 1.6)),
    "prices of GPUs": (f"/v3/aws/{VERSION}/catalog.zip", archive("aws", 1 / 8)),
}


@pytest.mark.parametrize("fault", DAMAGE)
def test_a_damaged_catalogue_leaves_the_last_good_one_and_the_run_goes_on(
    fault: str, home: Callable[..., Job], clock: list[datetime], store: Store
) -> None:
    job = home()
    had(job)
    clock[0] = NOW + timedelta(days=1)
    path, content = DAMAGE[fault]
    store.files[path] = content
    job = home("second")
    outcome = had(job)
    assert [unit.dataset for unit, _ in outcome.failures] == ["catalog/aws"]
    source = next(one for one in published(job) if one.name == "dstack")
    [(kept, origin)] = Known(job, source).payloads("catalog/aws/offer")
    assert (kept, origin.retrieved_at.date()) == (archive("aws"), NOW.date())
    build.build(job)
    with opening.open_warehouse(job) as found:
        # That day the fallback has what dstack has not, at ten; nothing is carried on.
        assert rows(
            found,
            "select offer_date, source, usd_per_gpu_hour from marts.gpu_provider_price_day "
            "where provider = 'aws' and pricing = 'on_demand' order by all",
        ) == [(NOW.date(), "dstack", 7.5), (clock[0].date(), "skypilot", 10.0)]
