"""F73: where, in which language, how often and on how many processors a report is made is not
seen in it: HTML, PDF and all facts of the warehouse are equal, byte for byte.

F66: the same seed gives the same draws in every one of these processes.
"""

from __future__ import annotations

import hashlib
import os
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

import duckdb
import pytest

# The command line on so many processors.
_PROGRAM = """
import os, sys
from pipeline import cli
number = int(sys.argv.pop(1))
os.cpu_count = lambda: number
if number == 1 and hasattr(os, "sched_setaffinity"):
    os.sched_setaffinity(0, {min(os.sched_getaffinity(0))})
sys.exit(cli.main())
"""


@dataclass(frozen=True)
class Machine:
    """What of a machine could show; the locales need not be installed to be asked for."""

    zone: str
    locale: str
    hash_seed: str
    processors: int

    @property
    def environment(self) -> dict[str, str]:
        kept = {name: text for name, text in os.environ.items() if not name.startswith("LC_")}
        return kept | {
            "TZ": self.zone,
            "LANG": self.locale,
            "LC_ALL": self.locale,
            "PYTHONHASHSEED": self.hash_seed,
            "POLARS_MAX_THREADS": str(self.processors),
            "OPENBLAS_NUM_THREADS": str(self.processors),
            "CAPBRIEF_THREADS": str(self.processors),
            "CAPBRIEF_REPORT__NAMES": "market-capacity,market",
        }


MACHINES = {
    "usual": Machine("UTC", "C.UTF-8", "random", 2),
    "one processor": Machine("Pacific/Kiritimati", "tr_TR.UTF-8", "0", 1),
    "eight processors": Machine("Asia/Kathmandu", "de_DE", "1", 8),
    "bare": Machine("America/St_Johns", "C", "random", 3),
}
# Here run ids and times of the wall clock are at home.
NOT_FACTS = {
    *("marts.run", "raw.capbrief__run", "staging.capbrief__run"),
    *("marts.source", "raw.capbrief__payload", "staging.capbrief__payload", "capbrief.partition"),
}


@dataclass(frozen=True)
class Made:
    """Hashes of what a demo made: files of reports by name, tables by name."""

    reports: dict[str, str]
    tables: dict[str, tuple[int, str]]


def demo(machine: Machine, home: Path) -> Made:
    ended = subprocess.run(
        [
            *(sys.executable, "-c", _PROGRAM, str(machine.processors)),
            *("demo", "--quiet", "--home", str(home)),
        ],
        capture_output=True,
        text=True,
        env=machine.environment,
        check=False,
    )
    assert ended.returncode == 0, ended.stderr
    with closing(
        duckdb.connect(str(home / "warehouse" / "warehouse.duckdb"), read_only=True)
    ) as connection:
        tables = connection.execute(
            "select schema_name || '.' || table_name from duckdb_tables() order by all"
        ).fetchall()
        # In the order in which the rows lie.
        query = "select count(*), coalesce(sha256(string_agg(t::varchar, '|')), '') from {} as t"
        found = {name: connection.execute(query.format(name)).fetchall()[0] for (name,) in tables}
    folders = [path for path in (home / "reports").iterdir() if not path.is_symlink()]
    return Made(
        {
            path.name: hashlib.sha256(path.read_bytes()).hexdigest()
            for folder in folders
            for path in folder.iterdir()
        },
        found,
    )


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Made]:
    folder = tmp_path_factory.mktemp("machines")
    with ThreadPoolExecutor(2) as pool:
        begun = {
            name: pool.submit(demo, machine, folder / name.replace(" ", "-"))
            for name, machine in MACHINES.items()
        }
        return {name: one.result() for name, one in begun.items()}


@pytest.mark.parametrize("name", [name for name in MACHINES if name != "usual"])
def test_f73_a_report_does_not_show_on_which_machine_it_was_made(
    made: dict[str, Made], name: str
) -> None:
    assert set(made["usual"].reports) == {
        *("market-capacity.html", "market-capacity.pdf", "market.html", "market.pdf")
    }
    assert made[name].reports == made["usual"].reports


@pytest.mark.parametrize("name", [name for name in MACHINES if name != "usual"])
def test_f73_f66_facts_and_draws_do_not_depend_on_the_machine(
    made: dict[str, Made], name: str
) -> None:
    usual, other = made["usual"].tables, made[name].tables
    differing = {table for table in usual if usual[table] != other[table]}
    assert usual.keys() == other.keys()
    assert differing <= NOT_FACTS
    assert {table: other[table][0] for table in NOT_FACTS} == {
        table: usual[table][0] for table in NOT_FACTS
    }
    assert usual["estimates.demand_month"][0] > 0


def test_f73_what_is_compared_would_show_another_number(made: dict[str, Made]) -> None:
    """Runs do differ by what is left out, so that equal tables are no accident of the query."""
    assert made["usual"].tables["marts.run"] != made["bare"].tables["marts.run"]
