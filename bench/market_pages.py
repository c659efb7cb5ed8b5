"""80 pages of 250 coins from a server on this machine to a warehouse, against dlt on the same.

capbrief's side is the whole way: fetch, payload store, load, marts, estimates, checks and
publication of a home that is new each time. dlt's side ends with one raw table.
"""

from __future__ import annotations

import os
import statistics
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path

from pipeline.settings import WEB

ROOT = Path(__file__).resolve().parents[1]
BIN = Path(sys.executable).parent
PEER = ROOT / ".venv-bench" / "bin" / "python"
COINS, RUNS = 20_000, 5
KEY = "CG-demo0000000000000000000"
UNIVERSE = """
[[universe]]
id = "bench"
title = "Every coin of the server"
min_volume_usd = 0
min_age_days = 0
max_staleness_hours = 24
history_coins = 0
core_categories = ["artificial-intelligence"]
"""


@dataclass(frozen=True)
class Measured:
    """One process from start to end."""

    seconds: float
    peak_mib: float


def main() -> int:
    """Run both sides in turn and print medians."""
    server = subprocess.Popen(
        [
            *(sys.executable, str(ROOT / "tests" / "coingecko"), "--plan", "demo"),
            *("--coins", str(COINS), "--spread", "artificial-intelligence", "--warm"),
        ],
        stdout=subprocess.PIPE,
        text=True,
    )
    try:
        if server.stdout is None:
            raise RuntimeError("the server has no output")
        url = server.stdout.readline().strip()
        with tempfile.TemporaryDirectory() as scratch:
            rounds = [_round(url, Path(scratch) / str(number)) for number in range(RUNS)]
    finally:
        server.terminate()
        server.wait()
    ours, theirs = zip(*rounds, strict=True)
    for name, runs in (("capbrief", ours), ("dlt", theirs)):
        seconds, peak = [run.seconds for run in runs], [run.peak_mib for run in runs]
        print(
            f"{name:<9} {statistics.median(seconds):6.2f} s "
            f"({min(seconds):.2f} to {max(seconds):.2f}, n {len(runs)})  "
            f"{statistics.median(peak):5.0f} MiB peak"
        )
    ratio = statistics.median([t.seconds / o.seconds for o, t in rounds])
    print(f"capbrief is {ratio:.1f} times as fast (median of pairs)")
    return 0


def _round(url: str, folder: Path) -> tuple[Measured, Measured]:
    overlay = folder / "own" / "universes"
    overlay.mkdir(parents=True)
    (overlay / "live.toml").write_text(UNIVERSE, encoding="utf-8")
    environment = os.environ | {
        "CAPBRIEF_COINGECKO__PLAN": "demo",
        "CAPBRIEF_COINGECKO__KEY": KEY,
        "CAPBRIEF_COINGECKO__URL": url,
        "CAPBRIEF_COINGECKO__CALLS_PER_MINUTE": "1000000000",
        "CAPBRIEF_COINGECKO__CALLS_PER_MONTH": "1000000000",
        **{f"CAPBRIEF_{source.upper()}__ENABLED": "no" for source in WEB},
    }
    home = folder / "home"
    ours = _measured(
        [
            *(str(BIN / "capbrief"), "run", "--no-report", "--quiet"),
            *("--home", str(home), "--overlay", str(overlay.parent)),
        ],
        environment,
    )
    theirs = _measured(
        [
            *(str(PEER), str(ROOT / "bench" / "dlt_market_pages.py"), url, KEY),
            str(folder / "dlt.duckdb"),
        ],
        dict(os.environ),
    )
    for file, table in (
        (home / "warehouse" / "warehouse.duckdb", "raw.coingecko__market"),
        (folder / "dlt.duckdb", "market.market"),
    ):
        _must_hold(file, table)
    return ours, theirs


def _measured(command: list[str], environment: dict[str, str]) -> Measured:
    started = time.perf_counter()
    process = subprocess.Popen(command, env=environment, stdout=subprocess.DEVNULL)
    _, status, usage = os.wait4(process.pid, 0)
    seconds = time.perf_counter() - started
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode != 0:
        raise RuntimeError(f"{command[0]} ended with {process.returncode}")
    return Measured(seconds, usage.ru_maxrss / 1024)


def _must_hold(file: Path, table: str) -> None:
    """Both sides must have loaded every coin, or the comparison means nothing."""
    import duckdb

    name = "coin_id" if table.startswith("raw") else "id"
    with duckdb.connect(str(file), read_only=True) as connection:
        (count,) = connection.execute(f"select count(distinct {name}) from {table}").fetchall()[0]
    if count < COINS:
        raise RuntimeError(f"{file}: holds {count} of {COINS} coins")


if __name__ == "__main__":
    sys.exit(main())
