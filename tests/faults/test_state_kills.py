"""F39, F40, F48, F49: runs, backfills and migrations that are killed or cancelled midway."""

from __future__ import annotations

import os
import signal
import sqlite3
import subprocess
import sys
from typing import TYPE_CHECKING, Any

import pytest

from tests.faults.test_http_processes import PATIENT, hangs, until  # noqa: TID251 - its vocabulary
from tests.test_master import set_format, to_format_one  # noqa: TID251 - files of other formats

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.conftest import CoinGecko  # noqa: TID251 - for its types only
    from tests.faults.conftest import Clock, Home, Start  # noqa: TID251 - for its types only

Facts = dict[str, list[tuple[Any, ...]]]

# The command line as it is, killed where it comes to a function for the n-th time.
_KILLED = """
import importlib, os, signal, sys
from datetime import datetime
from types import SimpleNamespace
from pipeline import build, cli, console, fetch, master, payload, run
at = datetime.fromisoformat(sys.argv.pop(1))
module, _, name = sys.argv.pop(1).rpartition(".")
left = int(sys.argv.pop(1))
console.datetime = SimpleNamespace(now=at.astimezone)
place = importlib.import_module(".".join(module.split(".")[:2]))
for part in module.split(".")[2:]:
    place = getattr(place, part)
inner = getattr(place, name)

def mortal(*arguments, **options):
    global left
    left -= 1
    if left == 0:
        os.kill(os.getpid(), signal.SIGKILL)
    return inner(*arguments, **options)

setattr(place, name, mortal)
sys.exit(cli.main())
"""


def kill(home: Home, clock: Clock, place: str, time: int, *command: str) -> None:
    killed = subprocess.run(
        [
            *(sys.executable, "-c", _KILLED, clock.text, place, str(time)),
            *(*command, "--home", str(home.path), "--overlay", str(home.own)),
        ],
        capture_output=True,
        text=True,
        check=False,
    )
    assert killed.returncode == -signal.SIGKILL, killed.stderr


def but_publications(facts: Facts) -> Facts:
    """How often was published depends on what was tried."""
    return {table: rows for table, rows in facts.items() if table != "publication"}


@pytest.mark.parametrize(
    ("place", "time"),
    [
        ("pipeline.payload.write_whole", 7),
        ("pipeline.ledger.Ledger.commit", 3),
        ("pipeline.stages.make", 1),
        ("pipeline.master.sync", 1),
        ("pipeline.build._record", 1),
        ("pipeline.master.publish", 1),
        ("pipeline.opening.prune_private", 1),
    ],
)
def test_f39_a_kill_at_any_step_costs_the_run_alone(
    good: Home, clock: Clock, place: str, time: int, undisturbed: Facts,
    facts_of: Callable[[Home], Facts],
) -> None:  # fmt: skip
    before = (good.path / "warehouse" / "warehouse.duckdb").resolve()
    kill(good, clock, place, time, "run", "--no-report")
    if place != "pipeline.opening.prune_private":  # that of the new version is the one step after
        assert (good.path / "warehouse" / "warehouse.duckdb").resolve() == before
    assert good("check").code == 0
    clock.forget()
    ended = good("run", "--no-report")
    assert (ended.code, ended.message) == (0, "")
    assert but_publications(facts_of(good)) == but_publications(undisturbed)
    statuses = good.rows("select status from run where command = 'run' order by rowid")
    assert statuses == [("ok",), ("killed",), ("ok",)]
    strays = [path.name for path in good.path.rglob("*") if path.name.startswith(".")]
    assert strays == []
    assert good("check").code == 0


@pytest.mark.parametrize(("number", "code"), [(signal.SIGTERM, 143), (signal.SIGINT, 130)])
def test_f40_a_run_that_is_cancelled_ends_in_order_and_is_taken_up(
    good: Home, coingecko: CoinGecko, clock: Clock, start: Start, undisturbed: Facts,
    facts_of: Callable[[Home], Facts], number: signal.Signals, code: int,
) -> None:  # fmt: skip
    coingecko.fail("/coins/markets", "hang", when={"page": "2"})
    process = start("run", "--no-report", **PATIENT)
    until(hangs(coingecko))
    os.kill(process.pid, number)
    _, err = process.communicate(timeout=60)
    assert process.returncode == code
    last = err.splitlines()[-1]
    assert '"run_finished"' in last
    assert f'"exit_code": {code}' in last
    assert good.rows("select status, exit_code from run order by rowid")[-1] == ("failed", code)
    assert not (good.path / "state" / "run.lock.json").exists()
    good.must_have_lost_nothing()
    clock.forget()
    assert good("fetch").code == 0
    assert facts_of(good) == undisturbed


# --- F48: a backfill beside daily runs ----------------------------------------------------------

BACKFILL = ("backfill", "--from", "2026-09-01", "--to", "2026-10-15")


def test_f48_a_backfill_that_is_killed_amid_daily_runs_ends_in_the_same_rows(
    good: Home, coingecko: CoinGecko, clock: Clock, start: Start
) -> None:
    coingecko.fail("/coins/near/", "hang")
    killed = start(*BACKFILL, **PATIENT)
    until(hangs(coingecko))
    first = len(coingecko.requests)
    killed.kill()
    killed.communicate(timeout=30)
    clock.forget()
    assert good("run", "--no-report").code == 0  # the daily job comes between
    daily = len(coingecko.requests)
    ended = good(*BACKFILL)
    assert (ended.code, ended.message) == (0, "")
    # The series it was at, and those behind it; what was whole is not asked for again.
    assert len(coingecko.requests) - daily == 5 - first
    assert good(*BACKFILL, "--json").out.count('"calls": 0') == 1
    assert good("build").code == 0
    ended = good(
        "sql",
        "select coin_id, count(*), count(distinct price_date) from staging.coingecko__chart "
        "where price_date between '2026-09-01' and '2026-10-15' group by all order by all",
        "--csv",
    )
    coins = ("bitcoin", "bittensor", "near", "render-token")
    assert ended.out.splitlines()[1:] == [f"{coin},45,45" for coin in coins]


# --- F49: another version -----------------------------------------------------------------------


def test_f49_a_migration_that_is_killed_is_begun_again(
    good: Home, clock: Clock, undisturbed: Facts, facts_of: Callable[[Home], Facts]
) -> None:
    """The copy is half, the file is whole; nobody is led to either."""
    master = good.path / "warehouse" / "master.duckdb"
    before = to_format_one(master)
    kill(good, clock, "pipeline.file_format.bring_up_to_date", 1, "run", "--no-report")
    assert master.read_bytes() == before
    assert good("check").code == 0
    ended = good("run", "--no-report")
    assert (ended.code, ended.message) == (0, "")
    assert but_publications(facts_of(good)) == but_publications(undisturbed)
    assert not list((good.path / "warehouse").glob(".*"))


def test_f49_after_a_return_to_an_older_version_the_newer_file_is_refused_unharmed(
    good: Home,
) -> None:
    master = good.path / "warehouse" / "master.duckdb"
    before = set_format(master, 99)
    ended = good("run", "--no-report")
    assert ended.code == 8
    assert "newer capbrief (file format 99" in ended.message
    assert "install that one" in ended.message
    assert master.read_bytes() == before
    good.must_have_lost_nothing()


def test_f49_a_ledger_of_a_newer_version_is_refused_before_any_call(
    good: Home, coingecko: CoinGecko
) -> None:
    file = good.path / "state" / "ledger.sqlite"
    with sqlite3.connect(file) as connection:
        connection.execute("pragma user_version = 99")
    connection.close()
    before = file.read_bytes()
    ended = good("run", "--no-report")
    assert ended.code == 8
    assert "was written by a newer capbrief (ledger version 99" in ended.message
    assert file.read_bytes() == before
    assert coingecko.requests == []
