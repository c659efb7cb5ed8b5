"""Queries: the command as people use it, on a terminal and in a pipe."""

from __future__ import annotations

import io
import json
import os
import pty
import re
import struct
import subprocess
import sys
from fcntl import ioctl
from pathlib import Path
from termios import TIOCSWINSZ
from typing import TYPE_CHECKING

import polars as pl
import pytest

from pipeline import resources
from pipeline.model import models

if TYPE_CHECKING:
    from tests.conftest import Command, Overlay  # noqa: TID251 - for its types only

EXAMPLES = sorted(path.stem for path in (resources.SQL / "examples").glob("*.sql"))
# The edition has no row that was kept apart, and no catalogue of offers.
EMPTY = {"gpu_disagreements", "gpu_rental_prices", "quarantine_by_reason"}


@pytest.mark.parametrize("name", EXAMPLES)
def test_every_example_gives_rows_of_the_grain_that_it_states(run: Command, name: str) -> None:
    ended = run("sql", "--example", name, "--json")
    assert ended.code == 0
    rows = json.loads(ended.out)
    assert (len(rows) == 0) == (name in EMPTY)
    (model,) = [one for one in models([resources.SQL], ["examples"])
                if one.path.stem == name]  # fmt: skip
    keys = [tuple(row[column] for column in model.grain) for row in rows]
    assert len({*keys}) == len(keys)


def test_examples_say_what_the_warehouse_holds(run: Command) -> None:
    shares = json.loads(run("sql", "--example", "token_share_by_day", "--json").out)
    sums: dict[tuple[str, str], float] = {}
    for row in shares:
        key = (row["universe_id"], row["price_date"])
        sums[key] = sums.get(key, 0.0) + row["share_pct"]
    assert all(abs(total - 100) < 0.1 for total in sums.values())

    demo = json.loads(run("sql", "--example", "around_sora_demo", "--json").out)
    source = pl.read_csv(resources.EDITIONS / "sora_2024" / "token_daily.csv")
    closes = {(row["coin_id"], row["date"]): row["close_usd"] for row in source.to_dicts()}
    for row in demo:
        before = closes[row["coin_id"], "2024-02-14"]
        after = closes[row["coin_id"], "2024-03-13"]
        assert row["close_before_usd"] == before
        assert row["change_28d_pct"] == pytest.approx(100 * (after / before - 1), abs=0.051)

    gpus = {
        row["gpu_key"]: row
        for row in json.loads(run("sql", "--example", "gpu_efficiency", "--json").out)
    }
    h100 = gpus["nvidia_h100_sxm5_80gb"]
    # 989.4 TFLOP/s at 700 W.
    assert h100["bf16_dense_tflops_per_w"] == pytest.approx(989.4 / 700, abs=0.001)
    assert h100["h100e_bf16_dense"] == 1


def test_examples_are_listed_with_those_of_ones_own(run: Command, overlay: Overlay) -> None:
    text = "-- description: Mine. One row per file.\n-- grain: x\nselect 42 as x;\n"
    own = overlay("sql/examples/mine.sql", text)
    listed = run("sql", "--examples", "--overlay", own)
    assert [line.split()[0] for line in listed.out.splitlines()] == sorted([*EXAMPLES, "mine"])
    assert "mine" in listed.out
    named = json.loads(run("sql", "--examples", "--json").out)
    assert [one["name"] for one in named] == EXAMPLES
    assert all(one["description"] for one in named)
    answered = run("sql", "--example", "mine", "--overlay", own, "--csv")
    assert answered.out == "x\n42\n"


def test_examples_of_an_overlay_are_no_tables(fresh: Command, overlay: Overlay) -> None:
    text = "-- description: Mine. One row per file.\n-- grain: x\nselect 42 as x;\n"
    assert fresh("build", "--overlay", overlay("sql/examples/mine.sql", text)).code == 0
    tables = json.loads(fresh("status", "--json").out)["tables"]
    assert not [name for name in tables if "mine" in name or "examples" in name]


def test_a_query_comes_from_a_file(run: Command, tmp_path: Path) -> None:
    file = tmp_path / "mine.sql"
    file.write_text("\ufeff-- mine\nselect 6 * 7 as answer;\n", encoding="utf-8")
    assert run("sql", "--file", str(file), "--csv").out == "answer\n42\n"


@pytest.mark.parametrize(
    ("arguments", "code", "message"),
    [
        (["sql"], 2, "give one query"),
        (["sql", "select 1", "--file", "x.sql"], 2, "give one query"),
        (["sql", "--file", "/nowhere.sql"], 2, "cannot be read"),
        (["sql", "--file", "/dev/zero"], 11, "longer than 1,000,000 characters"),
        (["sql", "--example", "nothing"], 2, "top_tokens"),
        (["sql", "select 1", "--format", "csv", "--json"], 2, "csv and json"),
        (["sql", "select 1", "--format", "table", "--csv"], 2, "choose one"),
        (["sql", "select 1", "--out", "rows.docx"], 2, "give --format"),
        (["sql", "select 1", "--csv", "--out", "/dev/full"], 8, "no file"),
        (["sql", "select 1", "--csv", "--out", "/proc/rows.csv"], 8, "cannot be written"),
        (["sql", "select 1", "--csv", "--out", "/"], 8, "no file"),
        (["sql", "select count(*) from range(10000000000000) where random() < 0",
          "--timeout", "0.5"], 11, "ran longer than 0.5 seconds"),
        (["sql", "select list(range) from range(1000000000)"], 11, "512 MB of memory"),
        (["sql", "from range(1000000000)"], 11, "more than 100000 rows"),
        (["sql", "copy (select 1) to 'x.csv'"], 2, "copy is refused"),
    ],
)  # fmt: skip
def test_what_cannot_be_answered_is_one_line(
    run: Command, arguments: list[str], code: int, message: str
) -> None:
    ended = run(*arguments)
    assert (ended.code, ended.out) == (code, "")
    assert message in ended.message
    assert len(ended.message.splitlines()) == 1


def test_the_same_format_twice_is_no_contradiction(run: Command) -> None:
    assert run("sql", "select 1 as a", "--format", "csv", "--csv").out == "a\n1\n"


def test_limits_come_from_settings_and_flags_come_before(
    run: Command, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("CAPBRIEF_SQL__ROWS", "5")
    assert "more than 5 rows" in run("sql", "from range(6)").message
    assert run("sql", "from range(6)", "--limit", "6").code == 0
    monkeypatch.setenv("CAPBRIEF_SQL__MEMORY_MB", "128")
    assert "128 MB" in run("sql", "select list(range) from range(1000000000)").message


@pytest.mark.parametrize("suffix", ["csv", "json", "parquet", "md", "txt"])
def test_rows_are_written_whole_in_the_format_of_the_name(
    run: Command, tmp_path: Path, suffix: str
) -> None:
    out = tmp_path / "new" / f"rows.{suffix}"
    ended = run("sql", "select date '2024-01-02' as d, '=1' as t", "--out", str(out))
    assert (ended.code, ended.out) == (0, f"{out}\n")
    assert [*out.parent.iterdir()] == [out]
    content = out.read_bytes()
    if suffix == "parquet":
        read = pl.read_parquet(io.BytesIO(content))
        assert read.schema == {"d": pl.Date, "t": pl.String}
        assert read["t"].to_list() == ["=1"]
    else:
        assert "2024-01-02" in content.decode()


def test_a_failed_query_leaves_the_file_that_was_there(run: Command, tmp_path: Path) -> None:
    out = tmp_path / "rows.csv"
    out.write_text("before")
    assert run("sql", "selec", "--out", str(out)).code == 2
    assert out.read_text() == "before"


def test_parquet_goes_through_a_pipe_as_bytes(built: Path) -> None:
    done = capbrief(built, "sql", "select 1 as a", "--format", "parquet")
    assert pl.read_parquet(io.BytesIO(done.stdout)).to_dicts() == [{"a": 1}]


def test_a_closed_pipe_and_a_full_disk_end_as_they_should(built: Path) -> None:
    query = "select repeat('x', 1000) as x from range(50000)"
    command = [sys.executable, "-m", "pipeline", "sql", query, "--csv", "--home", str(built)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE) as process:
        assert process.stdout is not None
        process.stdout.read(10)
        process.stdout.close()
        assert process.stderr is not None
        said = process.stderr.read().decode()
    assert process.returncode == 0
    assert "failed" not in said
    with Path("/dev/full").open("wb") as full:
        done = subprocess.run(command, stdout=full, stderr=subprocess.PIPE, check=False)
    assert done.returncode == 8
    assert b"no space left" in done.stderr


def test_an_answer_as_of_an_earlier_day_takes_every_format(fresh: Command) -> None:
    query = "select max(price_date) as d from token_day"
    ended = fresh("sql", query, "--as-of", "2024-01-10", "--format", "markdown")
    assert ended.out == "| d |\n| --- |\n| 2024-01-09 |\n"


def test_a_plan_is_printed_as_it_is_drawn(run: Command) -> None:
    shown = run("sql", "explain select * from token_day").out
    assert "token_day" in shown
    assert len(shown.splitlines()) > 5


def capbrief(home: Path, *arguments: str) -> subprocess.CompletedProcess[bytes]:
    return subprocess.run(
        [sys.executable, "-m", "pipeline", *arguments, "--home", str(home)],
        capture_output=True,
        check=True,
        timeout=120,
    )


def on_terminal(home: Path, *arguments: str, lines: int = 20, **environment: str) -> str:
    """What a terminal of 100 columns is sent; the log goes elsewhere."""
    ours, theirs = pty.openpty()
    ioctl(theirs, TIOCSWINSZ, struct.pack("HHHH", lines, 100, 0, 0))
    with subprocess.Popen(
        [sys.executable, "-m", "pipeline", *arguments, "--home", str(home)],
        stdin=subprocess.DEVNULL,
        stdout=theirs,
        stderr=subprocess.DEVNULL,
        env={**os.environ, **environment},
    ):
        os.close(theirs)
        shown = b""
        try:
            while block := os.read(ours, 65536):
                shown += block
        except OSError:  # how Linux says that the other end is closed
            pass
    os.close(ours)
    return shown.decode().replace("\r\n", "\n")


PAGER = f"{sys.executable} -c \"import sys; print('paged', len([*sys.stdin]))\""


def test_only_what_is_higher_than_the_terminal_is_paged(built: Path) -> None:
    long, short = "from range(50) r (x)", "from range(3) r (x)"
    # 50 rows in a frame of 4 lines.
    assert on_terminal(built, "sql", long, PAGER=PAGER) == "paged 54\n"
    assert "paged" not in on_terminal(built, "sql", short, PAGER=PAGER)
    assert "paged" not in on_terminal(built, "sql", long, "--no-pager", PAGER=PAGER)
    assert "paged" not in on_terminal(built, "sql", long, "--csv", PAGER=PAGER)
    assert "paged" not in on_terminal(built, "sql", long, lines=60, PAGER=PAGER)


@pytest.mark.parametrize("pager", ["no-such-pager", "", "'"])
def test_without_a_pager_the_table_is_printed(built: Path, pager: str) -> None:
    shown = on_terminal(built, "sql", "from range(50) r (x)", PAGER=pager)
    assert shown.count("\n") == 54


def test_a_pager_that_is_left_early_ends_quietly(built: Path) -> None:
    query = "select repeat('x', 70) as x from range(20000)"
    assert on_terminal(built, "sql", query, PAGER="head -n 1").count("\n") == 1


@pytest.mark.parametrize("form", ["table", "csv", "json", "markdown"])
def test_a_terminal_is_not_driven_by_what_the_data_holds(built: Path, form: str) -> None:
    query = "select chr(27) || '[2J' || chr(8238) || chr(155) as x"
    shown = on_terminal(built, "sql", query, "--format", form)
    assert re.search(r"(\\x1b|\\u001b)\\?\[2J", shown)
    assert not {*shown} & {"\x1b", "\u202e", "\x9b"}


def test_parquet_does_not_go_to_a_terminal(built: Path) -> None:
    assert on_terminal(built, "sql", "select 1", "--format", "parquet") == ""
