"""A small fixed warehouse, the snapshots, and a page in headless Chromium."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import duckdb
import polars as pl
import pytest

from pipeline import resources
from pipeline.errors import SqlError
from pipeline.report import assemble, definition_file, language
from pipeline.report.language import Language
from pipeline.report.value import Report
from pipeline.warehouse import reads

HERE = Path(__file__).parent

# What stands behind a table, in place of the lineage that a real warehouse keeps.
SOURCES_OF = {
    "marts.token_day_from_files": ("token_daily",),
    "marts.category_day": ("token_daily",),
    "marts.brief_universe": ("token_daily",),
    "marts.token_month": ("token_monthly",),
    "marts.event": ("event",),
    **dict.fromkeys(
        ("estimates.event_study", "estimates.event_study_day", "estimates.event_study_token"),
        ("token_daily", "event"),
    ),
    "marts.build": ("edition",),
    "marts.revision": ("token_daily", "gpu_spec"),
    "marts.gpu": ("gpu_spec",),
    "marts.gpu_equivalence": ("gpu_spec",),
    "marts.fleet_quarter": ("owned_cumulative",),
    "marts.fleet_total_quarter": ("owned_cumulative", "gpu_spec"),
    "marts.network_fact": ("network_fact",),
    "marts.network_capacity_day": ("network_fact",),
    "marts.claim": ("claim",),
    "estimates.claim": ("claim",),
    "estimates.claim_evidence": ("claim",),
    "estimates.network_fact_h100e_day": ("network_fact", "gpu_spec"),
    "estimates.owner_group_quarter": ("owned_cumulative",),
    "estimates.shipment_year": ("owned_cumulative",),
    "estimates.supply_gap_month": ("owned_cumulative",),
    "estimates.first_sufficient_month": ("owned_cumulative",),
    **dict.fromkeys(
        (
            "marts.video_timing",
            "estimates.backtest",
            "estimates.backtest_score",
            "estimates.mfu_class",
            "estimates.workload_throughput",
            "estimates.training_run",
            "estimates.sensitivity",
        ),
        ("video_timing",),
    ),
}

# As the version of capbrief in warehouse.sql: no snapshot knows what is installed.
ENGINES = tuple(f"{name} 9.9.9" for name in ("DuckDB", "Polars", "NumPy", "WeasyPrint"))


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption(
        "--update-snapshots", action="store_true", help="write expected/ anew from what is made"
    )


class SmallWarehouse:
    """``query`` and ``sources`` over tables in memory."""

    def __init__(self, script: str = "") -> None:
        self.connection = duckdb.connect()
        self.connection.execute((HERE / "warehouse.sql").read_text(encoding="utf-8") + script)
        # What is one select over the tables here is made from its own file.
        for name in ("estimates.assumption_text", "marts.brief_universe"):
            words = (resources.SQL / f"{name.replace('.', '/')}.sql").read_text(encoding="utf-8")
            self.connection.execute(f"create table {name} as {words}")

    def query(self, sql: str) -> pl.DataFrame:
        try:
            return pl.DataFrame(self.connection.sql(sql))
        except duckdb.Error as error:
            raise SqlError(f"query: {error}") from error

    def sources(self, sql: str) -> pl.DataFrame:
        entities = {entity for table in reads(sql) for entity in SOURCES_OF.get(table, ())}
        chosen = ", ".join(f"'{entity}'" for entity in sorted(entities)) or "''"
        return self.query(f"select * from marts.source where entity in ({chosen}) order by entity")


@pytest.fixture(scope="session")
def english() -> Language:
    return language.load("en_GB")


@pytest.fixture
def warehouse() -> SmallWarehouse:
    return SmallWarehouse()


@pytest.fixture(scope="session")
def changed_warehouse() -> Callable[[str], SmallWarehouse]:
    """A small warehouse after further SQL."""
    return SmallWarehouse


@pytest.fixture(scope="session")
def reports() -> Mapping[str, Report]:
    """All shipped reports on the small warehouse."""
    return {
        name: assemble.assemble(
            definition_file.load(name, [resources.REPORTS]),
            SmallWarehouse(),
            sql_folders=[resources.SQL],
            engines=ENGINES,
        )
        for name in definition_file.names([resources.REPORTS])
    }


@pytest.fixture(scope="session")
def in_german() -> Mapping[str, Report]:
    """The same reports in German."""
    return {
        name: assemble.assemble(
            definition_file.load(name, [resources.REPORTS], locale="de"),
            SmallWarehouse(),
            sql_folders=[resources.SQL],
            engines=ENGINES,
        )
        for name in definition_file.names([resources.REPORTS])
    }


@pytest.fixture(scope="session")
def report(reports: Mapping[str, Report]) -> Report:
    """The report of all sections on the small warehouse."""
    return reports["market-capacity"]


@pytest.fixture
def snapshot(request: pytest.FixtureRequest) -> Callable[[str, str], None]:
    """Compare a text with its file in ``expected``, or write the file anew."""

    def compare(name: str, text: str) -> None:
        path = HERE / "expected" / name
        if request.config.getoption("--update-snapshots", default=False):
            path.write_text(text, encoding="utf-8")
        expected = path.read_text(encoding="utf-8")
        assert text == expected, f"{name} changed; if that is right: make snapshots"

    return compare


class _Words(HTMLParser):
    """The words of a page, one line for each block or row."""

    BLOCKS = frozenset(
        {"p", "li", "tr", "h1", "h2", "h3", "caption", "figcaption", "table", "figure", "section"}
        | {"header", "nav", "ul", "ol", "div", "title"}
    )
    LEFT_OUT = frozenset({"style", "script", "svg", "pre"})

    def __init__(self) -> None:
        super().__init__()
        self.lines: list[str] = []
        self.line: list[str] = []
        self.hidden = 0

    def handle_starttag(self, tag: str, attrs: Sequence[tuple[str, str | None]]) -> None:
        self.hidden += tag in self.LEFT_OUT
        if tag in self.BLOCKS:
            self.end_line()
        elif tag in ("td", "th") and self.line:
            self.line.append("|")
        elif tag == "img":
            self.line.append(f"[{dict(attrs)['alt']}]")

    def handle_endtag(self, tag: str) -> None:
        self.hidden -= tag in self.LEFT_OUT
        if tag in self.BLOCKS:
            self.end_line()

    def handle_data(self, data: str) -> None:
        if not self.hidden:
            self.line.append(data)

    def end_line(self) -> None:
        if text := " ".join("".join(self.line).split()):
            self.lines.append(text)
        self.line = []


@pytest.fixture(scope="session")
def words() -> Callable[[str], str]:
    """The words of an HTML page, a line for each block."""

    def of(page: str) -> str:
        parser = _Words()
        parser.feed(page)
        parser.end_line()
        return "\n".join(parser.lines) + "\n"

    return of


@dataclass
class Chromium:
    """One page in headless Chromium, spoken to over its debugging pipe."""

    process: subprocess.Popen[bytes]
    to: int
    back: int
    session: str = ""
    count: int = 0
    requests: list[str] = field(default_factory=list)
    complaints: list[str] = field(default_factory=list)
    rest: bytes = b""

    def ask(self, method: str, **parameters: object) -> dict[str, Any]:
        """The result of one command; requests that pass by are noted."""
        self.count += 1
        message: dict[str, object] = {"id": self.count, "method": method, "params": parameters}
        if self.session:
            message["sessionId"] = self.session
        os.write(self.to, json.dumps(message).encode() + b"\0")
        while True:
            answer = self._next()
            if answer.get("id") == self.count:
                assert "error" not in answer, answer
                found: dict[str, Any] = answer["result"]
                return found

    def open(
        self,
        page: Path,
        width: int,
        *,
        scheme: str = "light",
        medium: str = "",
        script: bool = True,
    ) -> None:
        """Load a file at a viewport ``width``; returns when it is drawn.

        ``scheme`` is what the system prefers, light or dark; ``medium`` may be print.
        """
        target = self.ask("Target.createTarget", url="about:blank")["targetId"]
        attached = self.ask("Target.attachToTarget", targetId=target, flatten=True)
        self.session = attached["sessionId"]
        for domain in ("Network", "Page", "Runtime", "Log"):
            self.ask(f"{domain}.enable")
        self.ask(
            "Emulation.setEmulatedMedia",
            media=medium, features=[{"name": "prefers-color-scheme", "value": scheme}],
        )  # fmt: skip
        self.ask("Emulation.setScriptExecutionDisabled", value=not script)
        self.ask(
            "Emulation.setDeviceMetricsOverride",
            width=width, height=900, deviceScaleFactor=1, mobile=width < 600,
        )  # fmt: skip
        self.ask("Page.navigate", url=page.as_uri())
        while self.value("document.readyState") != "complete":
            pass
        self.value("document.fonts.ready.then(() => true)")

    def value(self, expression: str) -> Any:
        """The value of an expression in the page."""
        answer = self.ask(
            "Runtime.evaluate", expression=expression, returnByValue=True, awaitPromise=True
        )
        assert "exceptionDetails" not in answer, answer
        return answer["result"].get("value")

    def point(self, x: float, y: float, kind: str = "mouseMoved") -> None:
        """Move the mouse there, or press or release its button."""
        self.ask(
            "Input.dispatchMouseEvent", type=kind, x=x, y=y,
            **({} if kind == "mouseMoved" else {"button": "left", "clickCount": 1}),
        )  # fmt: skip

    def tap(self, x: float, y: float) -> None:
        """Put a finger there and lift it."""
        self.ask("Input.dispatchTouchEvent", type="touchStart", touchPoints=[{"x": x, "y": y}])
        self.ask("Input.dispatchTouchEvent", type="touchEnd", touchPoints=[])

    def press(self, key: str) -> None:
        """Press and release a key by its name."""
        for kind in ("keyDown", "keyUp"):
            self.ask("Input.dispatchKeyEvent", type=kind, key=key)

    def _next(self) -> dict[str, Any]:
        while b"\0" not in self.rest:
            more = os.read(self.back, 1 << 16)
            assert more, "Chromium ended early"
            self.rest += more
        raw, self.rest = self.rest.split(b"\0", 1)
        message: dict[str, Any] = json.loads(raw)
        if message.get("method") == "Network.requestWillBeSent":
            self.requests.append(message["params"]["request"]["url"])
        if message.get("method") in ("Runtime.exceptionThrown", "Log.entryAdded"):
            self.complaints.append(json.dumps(message["params"]))
        if message.get("method") == "Runtime.consoleAPICalled":
            self.complaints.append(json.dumps(message["params"]["args"]))
        return message


# Chromium reads its commands from descriptor 3 and answers on 4.
_LAUNCH = """
import fcntl, os, sys
there, back = (fcntl.fcntl(int(number), fcntl.F_DUPFD, 10) for number in sys.argv[1:3])
os.dup2(there, 3)
os.dup2(back, 4)
os.execv(sys.argv[3], sys.argv[3:])
"""


@pytest.fixture
def chromium(tmp_path: Path) -> Iterator[Chromium]:
    """Headless Chromium; skipped by name where it is not installed."""
    program = shutil.which("chromium") or shutil.which("chromium-browser")
    if program is None:
        pytest.skip("chromium is not installed: layout and requests of the HTML are not checked")
    (read_there, to), (back, write_there) = os.pipe(), os.pipe()
    command = [
        sys.executable, "-c", _LAUNCH, str(read_there), str(write_there), program,
        "--headless", "--no-sandbox", "--disable-gpu", "--disable-background-networking",
        "--remote-debugging-pipe", f"--user-data-dir={tmp_path / 'profile'}",
    ]  # fmt: skip
    process = subprocess.Popen(
        command, pass_fds=(read_there, write_there), stderr=subprocess.DEVNULL
    )
    os.close(read_there)
    os.close(write_there)
    try:
        yield Chromium(process, to, back)
    finally:
        process.terminate()
        process.wait(timeout=30)
        os.close(to)
        os.close(back)


@pytest.fixture(scope="session")
def folders(tmp_path_factory: pytest.TempPathFactory) -> Callable[[Mapping[str, str]], Path]:
    """A fresh folder with the files given by name."""

    def make(files: Mapping[str, str]) -> Path:
        folder = tmp_path_factory.mktemp("own")
        for name, text in files.items():
            path = folder / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text, encoding="utf-8")
        return folder

    return make


def stripped(page: str) -> str:
    """A page without what belongs to other files: styles, fonts, drawings, queries, digests."""
    page = re.sub(r"<style>.*?</style>", "<style></style>", page, flags=re.DOTALL)
    page = re.sub(r"<script>.*?</script>", "<script></script>", page, flags=re.DOTALL)
    page = re.sub(r"'sha256-[^']+'", "'sha256-'", page)
    page = re.sub(r"<pre>.*?</pre>", "<pre></pre>", page, flags=re.DOTALL)
    page = re.sub(r'"data:text/csv[^"]*"', '"data:text/csv"', page)
    page = re.sub(r'<svg [^>]*class="marks".*?</svg>', "<svg></svg>", page, flags=re.DOTALL)
    return re.sub(r"Report [0-9a-f]{12}", "Report ID", page)


@pytest.fixture(scope="session")
def bare() -> Callable[[str], str]:
    return stripped
