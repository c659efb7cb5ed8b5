"""F81: a secret of every kind is planted, all is done that can be done, and none is seen anywhere.

What single answers and refusals leave behind: test_http_trust.py, tests/door/test_keys.py.
"""

from __future__ import annotations

import base64
import os
import subprocess
import sys
import time
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from pipeline import configuration, extract
from pipeline.secret import Secret
from tests.faults import canary  # noqa: TID251 - where to plant and to look
from tests.test_network_sources import Net  # noqa: TID251 - its loopback hosts

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.conftest import CoinGecko, Ended  # noqa: TID251 - for their types only
    from tests.faults.conftest import Home  # noqa: TID251 - for its type only

REPORT = """
title = "Small"
finding = "A finding."
dateline = "Report of {build.report_date:date} · daily data to {market.last_date:date}"

[[section]]
id = "one"
title = "Key findings"
lead = "A lead."
"""
HISTORY = b"""Date,Open,High,Low,Close,Volume
2024-02-14,176.20,179.32,175.02,178.70,54302100
2024-02-15,178.00,180.33,175.50,176.76,53303800
"""


@pytest.fixture
def stooq(good: Home, monkeypatch: pytest.MonkeyPatch) -> Iterator[Net]:
    """A loopback host that takes its key in the address."""
    made = Net({"stooq": {}})
    made.spoiled["stooq"] = (200, {"Content-Type": "text/csv"}, HISTORY)
    monkeypatch.setenv("CAPBRIEF_SOURCES", "stooq")
    monkeypatch.setenv("CAPBRIEF_STOOQ__URL", f"{made.url('stooq')}/")
    # Its pace is tested where paces are; here a minute has no length.
    quick = [
        (replace(publisher, calls_per_minute=1e6), documents, entities)
        for publisher, documents, entities in extract.PUBLISHERS
    ]
    monkeypatch.setattr(extract, "PUBLISHERS", quick)
    yield made
    made.close()


@pytest.fixture
def home(
    good: Home, coingecko: CoinGecko, stooq: Net, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Home:
    """The good home with all secrets planted, and a report that is made in a second."""
    folder = tmp_path / "credentials"
    folder.mkdir(mode=0o700)
    for name, text in canary.planted(coingecko.demo_key, folder).items():
        monkeypatch.setenv(name, text)
    own = tmp_path / "own"
    (own / "reports").mkdir(parents=True)
    (own / "reports" / "small.toml").write_text(REPORT)
    (own / "universes").symlink_to(good.own / "universes")
    monkeypatch.setenv("CAPBRIEF_REPORT__NAMES", "small")
    good.own = own
    return good


@pytest.fixture
def secrets(home: Home) -> list[bytes]:
    return canary.needles(configuration.resolve(home.path, os.environ, Path("/")))


def test_f81_every_secret_that_settings_know_is_planted(home: Home) -> None:
    found = configuration.resolve(home.path, os.environ, Path("/"))
    places = dict(canary.places(found))
    assert {"coingecko.key", "web.stooq.key"} <= places.keys()
    assert [place for place, value in places.items() if not isinstance(value, Secret)] == []
    # And each is one that the log hides.
    assert set(places.values()) == set(found.secrets)


ASKED = (
    ["status"],
    ["status", "--json"],
    ["check", "--payloads", "-v"],
    ["sources"],
    ["sources", "--json"],
    ["universe"],
    ["events"],
    ["estimate"],
    ["scenario", "list"],
    ["fetch", "--dry-run"],
    ["version", "--json"],
    ["sql", "select * from marts.source"],
    ["sql", "select * from marts.run", "--csv"],
    ["sql", "select getenv('CAPBRIEF_COINGECKO__KEY')"],
    ["sql", "select wrong"],
    ["report", "list"],
    ["report", "check", "small"],
    ["report", "build", "none"],
)


def test_f81_no_secret_is_anywhere_after_all_that_can_be_done(
    home: Home,
    secrets: list[bytes],
    stooq: Net,
    coingecko: CoinGecko,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    said: dict[str, bytes] = {}
    out = tmp_path / "out"

    def do(what: str, *arguments: str) -> Ended:
        ended = home(*arguments)
        said[f"{what}: {' '.join(arguments)}"] = f"{ended.out}\n{ended.err}".encode()
        return ended

    key, other = coingecko.demo_key, canary.CANARIES["stooq"]
    page = {"Content-Type": "text/html"}
    for fault, spoiled, code in (
        ("unauthorized", (401, {}, f'{{"bad key": "{other}"}}'.encode()), 4),
        ("status", (500, {}, other.encode()), 6),
        ("refuse", (403, page, f"<p>{other}".encode()), 6),
        ("echo_key", (200, {}, f'["{other}"]'.encode()), 6),
        ("redirect", (302, {"Location": f"https://other.example/?apikey={other}"}, b""), 6),
        ("html200", (200, page, f"<p>apikey {other}</p>".encode()), 6),
    ):
        coingecko.fail("/", fault, body=f"<!DOCTYPE html>{key}", status=401 if code == 4 else 503)
        stooq.spoiled["stooq"] = spoiled
        for form in ("human", "json"):
            assert do(fault, "fetch", "-v", "--log-format", form).code == code
        coingecko.reset()
        coingecko.set(now="2026-11-23T01:10:00+00:00")
    with monkeypatch.context() as elsewhere:
        # A host without TLS, and none at all.
        port = coingecko.url.split(":")[2].split("/")[0]
        for url in (f"https://127.0.0.1:{port}/api/v3", "http://127.0.0.1:1/api/v3"):
            elsewhere.setenv("CAPBRIEF_COINGECKO__URL", url)
            elsewhere.setenv("CAPBRIEF_STOOQ__URL", url)
            assert do(url, "fetch", "-v", "--log-format", "human").code == 6
    with monkeypatch.context() as torn:
        torn.setattr("pipeline.wire.Wire.get", breaks)
        for form in ("human", "json"):
            assert do("bug", "fetch", "--log-format", form).code == 1
            assert b"asked with" in [*said.values()][-1]
    stooq.spoiled["stooq"] = (200, {"Content-Type": "text/csv"}, HISTORY)
    assert do("good", "run", "-v", "--json").code in (0, 3)
    assert do("backfill", "backfill", "--from", "2026-11-01", "--to", "2026-11-02", "-v").code == 0
    for arguments in ASKED:
        do("asked", *arguments)
    for form in ("csv", "xlsx", "parquet", "sqlite"):
        at = str(out / form)
        assert do("export", "export", "--format", form, "--out", at, "--layers", "marts").code == 0
    assert do("docs", "docs", "--out", str(out)).code == 0
    assert do("report", "report", "build", "--out", str(out)).code == 0

    kept = dict([*canary.contents(home.path), *canary.contents(out)])
    assert canary.leaks(said, secrets) == []
    assert canary.leaks(kept, secrets) == []
    # They were shown to whom they are for: the one in its header, the other in the address.
    assert key in {one["headers"].get("x-cg-demo-api-key") for one in coingecko.requests}
    assert any("stooq/" in one for one in stooq.asked)
    # What is looked with does find what is there.
    data, words = (endings(canary.leaks(kept, [word])) for word in (b"bitcoin", b"Small"))
    assert {".duckdb", ".csv", ".xlsx", ".parquet", ".sqlite", "unpacked"} <= data
    assert {".html", ".pdf"} <= words


def endings(places: list[str]) -> set[str]:
    """The kinds of files that places are in, and how they were packed."""
    return {Path(place.split(" ")[0]).suffix for place in places} | {
        place.rpartition(" ")[2] for place in places
    }


def breaks(*arguments: object, **others: object) -> None:
    raise RuntimeError(f"asked with {arguments} {others}")


def test_f81_needles_are_found_however_they_are_written(secrets: list[bytes]) -> None:
    text = canary.CANARIES["stooq"]
    for shown in (text, "canary%2Bstooq%2F7Qx", "canary%2bstooq%2f7qx"):
        assert canary.leaks({"x": f"?apikey={shown}&s=1".encode()}, secrets) == ["x"]
    assert canary.leaks({"x": base64.b64encode(text.encode())}, secrets) == ["x"]


# --- Processes --------------------------------------------------------------------------------

ENDLESS = "{% if medium == 'print' %}{% for _ in range(10 ** 15) %}{% endfor %}{% endif %}"
FOREVER = "select count(*) from range(1000000) a, range(1000000) b where a.range + b.range = 7"


@pytest.mark.skipif(not Path("/proc/self/environ").exists(), reason="needs /proc")
@pytest.mark.parametrize("work", ["layout", "query"])
def test_f81_processes_that_are_started_are_given_no_secret(
    home: Home, secrets: list[bytes], work: str, tmp_path: Path
) -> None:
    (home.own / "templates" / "sections").mkdir(parents=True)
    (home.own / "templates" / "sections" / "fault.html.jinja").write_text(ENDLESS)
    (home.own / "reports" / "small.toml").write_text(f'{REPORT}template = "fault"\n')
    command = {
        "layout": ["report", "build", "--out", str(tmp_path / "out")],
        "query": ["sql", FOREVER],
    }[work]
    process = subprocess.Popen(
        [
            *(sys.executable, "-m", "pipeline", *command),
            *("--home", str(home.path), "--overlay", str(home.own)),
        ],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        env=dict(os.environ),
        start_new_session=True,
    )
    try:
        deadline = time.monotonic() + 60
        while len(found := group(process.pid)) < 2 and time.monotonic() < deadline:
            time.sleep(0.05)
        time.sleep(0.5)
        found = group(process.pid)
        children = [path for path in found if path.name != str(process.pid)]
        assert children
        given = {f"{path}/environ": (path / "environ").read_bytes() for path in children}
        shown = {f"{path}/cmdline": (path / "cmdline").read_bytes() for path in found}
        # The one that was given them has them; this is what they would look like.
        own = {"own": Path(f"/proc/{process.pid}/environ").read_bytes()}
        assert canary.leaks(own, secrets) == ["own"]
        assert all(b"PATH=" in text for text in given.values())
        assert canary.leaks(given | shown, secrets) == []
        assert [path for path, text in given.items() if b"CREDENTIALS_DIRECTORY" in text] == []
        for path in found:
            limits = (path / "limits").read_text()
            assert "Max core file size        0 " in limits
    finally:
        process.kill()
        process.communicate()


def group(leader: int) -> list[Path]:
    """Processes of a group that have not ended."""
    found = []
    for path in Path("/proc").glob("[0-9]*"):
        try:
            state, _, of = (path / "stat").read_text().rpartition(")")[2].split()[:3]
        except (FileNotFoundError, ProcessLookupError):
            continue
        if int(of) == leader and state not in "ZX":
            found.append(path)
    return found
