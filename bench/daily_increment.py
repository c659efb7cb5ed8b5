"""A day of 20,000 rows onto 1e5, 1e6 and 1e7 rows of history: what it takes, and what reads take.

A home fetches one day from a server on this machine; its rows are laid before it under earlier
days, prices moved, in the ledger and in the raw tables, and all tables are made of them once.
Then the next day comes by the command itself, several times from the same state. Every time is
from the log of that command.
"""

from __future__ import annotations

import argparse
import http.client
import json
import os
import shutil
import sqlite3
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import duckdb
import polars as pl

from pipeline.frames import insert

ROOT = Path(__file__).resolve().parents[1]
COINS, RUNS = 20_000, 3
GROWTH_COINS = 1_000
FIRST, SECOND = "2026-11-22T01:10:00+00:00", "2026-11-23T01:10:00+00:00"
KEY = "CG-demo0000000000000000000"
RULES = """
[[universe]]
id = "bench"
title = "Every coin of the server"
min_volume_usd = 0
min_age_days = 30
max_staleness_hours = 24
history_coins = 0
core_categories = ["artificial-intelligence"]
"""
# The command line as it is, its clock set off by as much as the day that it is to believe in.
PROGRAM = """
import sys
from datetime import datetime
from types import SimpleNamespace
from pipeline import cli, console
off = datetime.fromisoformat(sys.argv.pop(1)) - datetime.now().astimezone()
console.datetime = SimpleNamespace(now=lambda zone: (datetime.now(zone) + off))
sys.exit(cli.main())
"""
# What an analyst asks, of the marts and of the raw rows.
QUERIES = {
    "latest of each coin": (
        "select coin_id, arg_max(price_usd, seen_date) from marts.token_snapshot_day group by all",
        "select coin_id, arg_max(price_usd, known_at) from raw.coingecko__market group by all",
    ),
    "30-day change": (
        "select coin_id, today.price_usd / before.price_usd - 1 "
        "from marts.token_snapshot_day as today "
        "join marts.token_snapshot_day as before using (coin_id) "
        "where today.seen_date = date '2026-11-22' and before.seen_date = date '2026-10-23'",
        "select coin_id, today.price_usd / before.price_usd - 1 "
        "from raw.coingecko__market as today "
        "join raw.coingecko__market as before using (coin_id) "
        "where today.known_at::date = date '2026-11-22' "
        "and before.known_at::date = date '2026-10-23'",
    ),
    "category share by day": (
        "select universe_id, price_date, member_sum_usd / sum(member_sum_usd) "
        "over (partition by price_date) from marts.category_day",
        "select *, cap_usd / sum(cap_usd) over (partition by day) from (select category_id, "
        "known_at::date as day, sum(market_cap_usd) as cap_usd from raw.coingecko__market "
        "group by all)",
    ),
    "top 20 of the last day": (
        "select coin_id, market_cap_usd from marts.token_snapshot_day "
        "where seen_date = (select max(seen_date) from marts.token_snapshot_day) "
        "order by market_cap_usd desc nulls last limit 20",
        "select coin_id, market_cap_usd from raw.coingecko__market "
        "where known_at::date = (select max(known_at)::date from raw.coingecko__market) "
        "order by market_cap_usd desc nulls last limit 20",
    ),
}


class Bench:
    """One home with a history, and the server that it fetches from."""

    def __init__(self, url: str, folder: Path) -> None:
        self._url, self._folder = url, folder
        self.home = folder / "home"
        self._own = folder / "own"
        (self._own / "universes").mkdir(parents=True)
        (self._own / "universes" / "live.toml").write_text(RULES, encoding="utf-8")

    def __call__(self, at: str, *arguments: str) -> list[dict[str, Any]]:
        """Run the command at a moment, and give its log."""
        connection = http.client.HTTPConnection(self._url.split("/")[2], timeout=30)
        connection.request("POST", "/_control/set", json.dumps({"now": at}))
        connection.getresponse().read()
        done = subprocess.run(
            [
                *(sys.executable, "-c", PROGRAM, at, *arguments, "--verbose"),
                *("--home", str(self.home), "--overlay", str(self._own), "--log-format", "json"),
            ],
            env=os.environ
            | {
                "CAPBRIEF_SOURCES": "none",
                "CAPBRIEF_COINGECKO__PLAN": "demo",
                "CAPBRIEF_COINGECKO__KEY": KEY,
                "CAPBRIEF_COINGECKO__URL": self._url,
                "CAPBRIEF_COINGECKO__CALLS_PER_MINUTE": "1000000000",
                "CAPBRIEF_COINGECKO__CALLS_PER_MONTH": "1000000000",
            },
            stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
            text=True,
            check=False,
        )
        if done.returncode != 0:
            raise RuntimeError(
                f"{arguments[0]} ended with {done.returncode}: {done.stderr[-2000:]}"
            )
        return [json.loads(line) for line in done.stderr.splitlines() if line.startswith("{")]

    def make_history(self, n_days: int) -> float:
        """Fetch a day, lay it under the days before, and make all tables; the seconds of that."""
        self(FIRST, "run", "--no-report")
        _lay_before(self.home, n_days)
        started = time.perf_counter()
        self(FIRST, "build")
        return time.perf_counter() - started

    def next_day(self) -> list[dict[str, Any]]:
        """The day after, from the same state each time."""
        kept = self._folder / "kept"
        if not kept.exists():
            shutil.copytree(self.home, kept, symlinks=True)
        else:
            shutil.rmtree(self.home)
            shutil.copytree(kept, self.home, symlinks=True)
        os.sync()
        return self(SECOND, "run", "--no-report")


def _lay_before(home: Path, n_days: int) -> None:
    """Put the crawls of the one day under the days before it, in ledger and raw tables."""
    shifts = range(1, n_days)
    ids: list[tuple[str, str, datetime, int, int]] = []
    with closing(sqlite3.connect(home / "state" / "ledger.sqlite")) as ledger, ledger:
        had = ledger.execute(
            "select dataset, payload_sha256, provenance from retrieval "
            "where source = 'coingecko' and dataset <> 'categories/list'"
        ).fetchall()
        for dataset, sha256, text in had:
            provenance = json.loads(text)
            at = datetime.fromisoformat(provenance["retrieved_at"])
            for shift in shifts:
                provenance["retrieved_at"] = (at - timedelta(days=shift)).isoformat()
                cursor = ledger.execute(
                    "insert into retrieval (source, dataset, payload_sha256, provenance, is_dated) "
                    "values ('coingecko', ?, ?, ?, 0)",
                    (dataset, sha256, json.dumps(provenance, sort_keys=True)),
                )
                naive = at.replace(tzinfo=None)
                ids.append((sha256, dataset, naive, shift, cursor.lastrowid or 0))
        for table, days, moments in (
            ("unit", ("first_date", "last_date"), ("fetched_at",)),
            ("membership", ("seen_date",), ("decided_at",)),
        ):
            _lay_rows_before(ledger, table, days, moments, shifts)
    new = pl.DataFrame(
        ids,
        schema={
            "payload_sha256": pl.String(),
            "dataset": pl.String(),
            "retrieved_at": pl.Datetime("us"),
            "shift": pl.Int64(),
            "new_id": pl.Int64(),
        },
        orient="row",
    )
    with duckdb.connect(str(home / "warehouse" / "master.duckdb")) as master:
        master.execute("set memory_limit = '4GB'")
        master.execute(
            "create temp table shifted (payload_sha256 varchar, dataset varchar, "
            "retrieved_at timestamp, shift bigint, new_id bigint)"
        )
        insert(master, "shifted", new)
        moved = "1 + 0.1 * ((hash(coin_id, n) % 1000) / 1000.0 - 0.5)"
        master.execute(
            "insert into raw.coingecko__market select * exclude (n) replace ("
            f"price_usd * ({moved}) as price_usd, market_cap_usd * ({moved}) as market_cap_usd, "
            "last_updated_at - to_days(n::int) as last_updated_at, "
            "known_at - to_days(n::int) as known_at) "
            f"from raw.coingecko__market, range(1, {n_days}) as days (n) order by n desc"
        )
        master.execute(
            "insert into raw.coingecko__category select * exclude (n) replace ("
            "known_at - to_days(n::int) as known_at) "
            f"from raw.coingecko__category, range(1, {n_days}) as days (n) order by n desc"
        )
        master.execute(
            "insert into raw.capbrief__payload select payload.* replace ("
            "payload.retrieved_at - to_days(shift::int) as retrieved_at, "
            "payload.known_at - to_days(shift::int) as known_at, new_id as retrieval_id) "
            "from raw.capbrief__payload as payload "
            "join shifted using (payload_sha256, dataset, retrieved_at)"
        )
        # As if no table had been made: the next build makes all of them.
        master.execute("delete from capbrief.model")


def _lay_rows_before(
    ledger: sqlite3.Connection,
    table: str,
    days: tuple[str, ...],
    moments: tuple[str, ...],
    shifts: range,
) -> None:
    columns = [row[1] for row in ledger.execute(f"pragma table_info({table})") if not row[5]]
    rows = ledger.execute(f"select {', '.join(columns)} from {table}").fetchall()
    for row in rows:
        for shift in shifts:
            back = timedelta(days=shift)
            laid = dict(zip(columns, row, strict=True))
            if laid["source"] != "coingecko" or laid["dataset"] == "categories/list":
                continue
            for name in days:
                laid[name] = (datetime.fromisoformat(laid[name]) - back).date().isoformat()
            for name in moments:
                laid[name] = (datetime.fromisoformat(laid[name]) - back).isoformat()
            places = ", ".join("?" * len(columns))
            ledger.execute(
                f"insert into {table} ({', '.join(columns)}) values ({places})",
                [laid[name] for name in columns],
            )


def _report(size: int, runs: list[list[dict[str, Any]]]) -> None:
    def of(run: list[dict[str, Any]], event: str) -> float:
        return float(sum(one.get("duration_ms", 0) for one in run if one["event"] == event))

    def made(run: list[dict[str, Any]], *, whole: bool) -> float:
        return float(
            sum(
                one["duration_ms"]
                for one in run
                if one["event"] == "made" and (one["days"] == "all") is whole
            )
        )

    parts = {
        "load": [of(run, "loaded") for run in runs],
        "commit": [of(run, "committed") for run in runs],
        "incremental models": [made(run, whole=False) for run in runs],
        "checks": [of(run, "checked") for run in runs],
        "models made whole": [made(run, whole=True) for run in runs],
        "copy, read back, sync": [of(run, "prepared") for run in runs],
        "whole command (s)": [
            next(one["duration_ms"] for one in run if one["event"] == "run_finished") / 1000
            for run in runs
        ],
    }
    for name, found in parts.items():
        print(
            f"  {name:<24}{statistics.median(found):>9.1f} "
            f"({min(found):.1f} to {max(found):.1f}, n {len(found)})"
        )
    megabytes = next(one["bytes"] for one in runs[-1] if one["event"] == "prepared") / 1e6
    print(f"  {'published file (MB)':<24}{megabytes:>9.0f}")
    slowest: dict[str, list[float]] = {}
    for run in runs:
        for one in run:
            if one["event"] == "made":
                slowest.setdefault(f"{one['table']} ({one['days']})", []).append(one["duration_ms"])
    for name, found in sorted(slowest.items(), key=lambda item: -statistics.median(item[1]))[:14]:
        print(f"      {statistics.median(found):>7.0f} ms  {name}")


def _ask(home: Path) -> None:
    with duckdb.connect(str(home / "warehouse" / "warehouse.duckdb"), read_only=True) as opened:
        opened.execute("set threads = 2")
        for name, pair in QUERIES.items():
            medians = []
            for query in pair:
                found = []
                for _ in range(6):
                    started = time.perf_counter()
                    opened.execute(query).fetchall()
                    found.append(1e3 * (time.perf_counter() - started))
                medians.append(statistics.median(found[1:]))
            print(f"  {name:<24}{medians[0]:>9.1f} ms; from raw rows by hand {medians[1]:.1f} ms")


def _rebuild(url: str, folder: Path, n_days: int) -> None:
    """Fetch so many days, one by one, and make everything again from their payloads."""
    bench = Bench(url, folder)
    first = datetime.fromisoformat(FIRST)
    for day in range(n_days):
        bench((first + timedelta(days=day)).isoformat(), "run", "--no-report")
    started = time.perf_counter()
    run = bench((first + timedelta(days=n_days - 1)).isoformat(), "build", "--full")
    seconds = time.perf_counter() - started
    loaded = next(one for one in run if one["event"] == "loaded")
    print(
        f"{loaded['rows']:,} rows from {loaded['payloads']} payloads of {n_days} days: rebuilt in "
        f"{seconds:.1f} s, {loaded['duration_ms'] / 1e3:.1f} of them loading"
    )
    hashes = _hashes(bench.home)
    if hashes[-1] != hashes[-2]:
        raise RuntimeError(f"the rebuild ended in other tables: {hashes}")


def _hashes(home: Path) -> list[str]:
    with closing(sqlite3.connect(home / "state" / "ledger.sqlite")) as ledger:
        rows = ledger.execute("select content_hash from publication order by published_at")
        return [digest for (digest,) in rows]


def _grow(url: str, folder: Path, n_days: int) -> None:
    """Run every day of a year, and compare the file with one that is written afresh."""
    bench = Bench(url, folder)
    first = datetime.fromisoformat(FIRST)
    sizes = []
    for day in range(n_days):
        run = bench((first + timedelta(days=day)).isoformat(), "run", "--no-report")
        sizes.append(next(one["bytes"] for one in run if one["event"] == "prepared") / 1e6)
    link = bench.home / "warehouse" / "warehouse.duckdb"
    fresh = folder / "fresh.duckdb"
    with duckdb.connect() as connection:
        connection.execute(f"attach '{link.resolve()}' as old (read_only)")
        connection.execute(f"attach '{fresh}' as new (block_size 65536, storage_version 'v1.5.0')")
        connection.execute("copy from database old to new")
    compacted = fresh.stat().st_size / 1e6
    print(
        f"{n_days} daily runs of {GROWTH_COINS:,} coins: {sizes[0]:.1f} MB after the first, "
        f"{sizes[n_days // 2]:.1f} after {n_days // 2 + 1}, {sizes[-1]:.1f} after the last; "
        f"written afresh {compacted:.1f} ({sizes[-1] / compacted:.2f} times)"
    )


@contextmanager
def _server(coins: int = COINS) -> Iterator[str]:
    server = subprocess.Popen(
        [
            *(sys.executable, str(ROOT / "tests" / "coingecko"), "--plan", "demo"),
            *("--coins", str(coins), "--spread", "artificial-intelligence", "--warm"),
            *("--now", FIRST),
        ],
        stdout=subprocess.PIPE,
        text=True,
    )
    try:
        if server.stdout is None:
            raise RuntimeError("the server has no output")
        yield server.stdout.readline().strip()
    finally:
        server.terminate()
        server.wait()


def main() -> int:
    """Measure each size and print it."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--days", type=int, nargs="+", default=[5, 50, 500])
    parser.add_argument("--runs", type=int, default=RUNS)
    parser.add_argument("--growth", type=int, metavar="DAYS", help="only so many daily runs")
    parser.add_argument(
        "--rebuild", type=int, metavar="DAYS", help="only a rebuild of so many days"
    )
    options = parser.parse_args()
    if options.growth:
        with _server(GROWTH_COINS) as url, tempfile.TemporaryDirectory() as folder:
            _grow(url, Path(folder), options.growth)
        return 0
    if options.rebuild:
        with _server() as url, tempfile.TemporaryDirectory() as folder:
            _rebuild(url, Path(folder), options.rebuild)
        return 0
    with _server() as url:
        for n_days in options.days:
            with tempfile.TemporaryDirectory() as folder:
                bench = Bench(url, Path(folder))
                print(f"{n_days * COINS:,} rows of history ({n_days} days), then {COINS:,} more")
                seconds = bench.make_history(n_days)
                print(f"  {'all tables made (s)':<24}{seconds:>9.1f}")
                _report(n_days * COINS, [bench.next_day() for _ in range(options.runs)])
                _ask(bench.home)
                sys.stdout.flush()
    return 0


if __name__ == "__main__":
    sys.exit(main())
