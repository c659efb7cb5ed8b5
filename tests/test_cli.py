"""The command line, end to end on the bundled edition: results, exit codes, bad input."""

from __future__ import annotations

import csv
import io
import json
import shutil
from dataclasses import dataclass
from pathlib import Path

import duckdb
import pytest

from pipeline import cli, resources, warehouse
from pipeline.errors import RenderLibraryMissing
from pipeline.settings import resolve


@dataclass(frozen=True)
class Ended:
    """How one command ended."""

    code: int
    out: str
    err: str

    @property
    def log(self) -> list[dict[str, object]]:
        return [json.loads(line) for line in self.err.splitlines()]

    @property
    def message(self) -> str:
        return "\n".join(str(line["message"]) for line in self.log if line["event"] == "failed")


class Command:
    """Runs capbrief in this process on one home."""

    def __init__(self, home: Path, capture: pytest.CaptureFixture[str]) -> None:
        self.home = home
        self._capture = capture

    def __call__(self, *arguments: str) -> Ended:
        self._capture.readouterr()
        code = cli.main([*arguments, "--home", str(self.home)])
        shown = self._capture.readouterr()
        return Ended(code, shown.out, shown.err)


@pytest.fixture
def run(built: Path, capsys: pytest.CaptureFixture[str]) -> Command:
    """The command on the built home, for what only reads."""
    return Command(built, capsys)


@pytest.fixture
def fresh(built: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> Command:
    """The command on a copy of the built home, for what writes."""
    home = tmp_path / "home"
    shutil.copytree(built, home, symlinks=True)
    return Command(home, capsys)


def overlay(tmp_path: Path, name: str, text: str) -> str:
    """A folder of the user's own with one file in it."""
    path = tmp_path / "own" / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)
    return str(tmp_path / "own")


def link(home: Path) -> Path:
    return (home / "warehouse" / warehouse.LINK).resolve()


def test_demo_goes_the_whole_way_and_prints_its_two_files(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    ended = Command(tmp_path / "home", capsys)("demo")
    assert ended.code == 0
    html, pdf = map(Path, ended.out.split())
    assert html.read_text(encoding="utf-8").startswith("<!doctype html>")
    assert pdf.read_bytes().startswith(b"%PDF-")
    assert [line["event"] for line in ended.log] == [
        "fetched",
        "loaded",
        "transformed",
        "estimated",
        "checked",
        "published",
        "report_ready",
        "run_finished",
    ]
    assert ended.log[-1]["exit_code"] == 0


def test_any_duckdb_client_opens_the_published_file(run: Command) -> None:
    with duckdb.connect(run.home / "warehouse" / warehouse.LINK, read_only=True) as connection:
        closes = connection.execute(
            "select close_usd from marts.token_day where coin_id = 'render-token' "
            "and price_date = date '2024-02-15'"
        ).fetchall()
        undescribed = connection.execute(
            "select table_name from duckdb_tables() where schema_name = 'marts' and comment is null"
        ).fetchall()
    source = (resources.EDITIONS / "sora_2024" / "token_daily.csv").read_text()
    expected = [
        float(row["close_usd"])
        for row in csv.DictReader(io.StringIO(source))
        if (row["coin_id"], row["date"]) == ("render-token", "2024-02-15")
    ]
    assert [value for (value,) in closes] == expected
    assert undescribed == []


def test_sql_prints_a_table_json_or_csv(run: Command) -> None:
    query = "select coin_id, symbol from marts.token where symbol in ('BTC', 'ETH') order by all"
    assert "bitcoin" in run("sql", query).out
    assert json.loads(run("sql", query, "--json").out) == [
        {"coin_id": "bitcoin", "symbol": "BTC"},
        {"coin_id": "ethereum", "symbol": "ETH"},
    ]
    assert run("sql", query, "--csv").out == "coin_id,symbol\nbitcoin,BTC\nethereum,ETH\n"


def test_sql_reads_a_query_from_standard_input(
    run: Command, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("sys.stdin", io.StringIO("select 6 * 7 as answer;\n"))
    assert json.loads(run("sql", "-", "--json").out) == [{"answer": 42}]


@pytest.mark.parametrize(
    ("arguments", "code", "message"),
    [
        (["sql", "select nowhere from marts.token"], 2, "Referenced column"),
        (["sql", "selec"], 2, "syntax error"),
        (["sql", "select * from read_csv('/etc/passwd')"], 2, "disabled"),
        (["sql", "select * from range(20)", "--limit", "10"], 11, "more than 10 rows"),
        (["report", "no-such-report"], 2, "no-such-report"),
        (["scenario", "no-such-scenario"], 2, "no-such-scenario"),
        (["sql", "select 1", "--overlay", "/nowhere"], 2, "is not a folder"),
    ],
)
def test_what_cannot_be_done_is_one_line_and_its_exit_code(
    run: Command, arguments: list[str], code: int, message: str
) -> None:
    ended = run(*arguments)
    assert ended.code == code
    assert ended.out == ""
    assert message in ended.message
    assert len(ended.message.splitlines()) == 1
    assert ended.log[-1]["event"] == "run_finished"
    assert ended.log[-1]["exit_code"] == code


@pytest.mark.parametrize(
    "arguments",
    [
        ["nonsense"],
        ["report", "--date", "2024-13-01"],
        ["sql", "select 1", "--as-of", "yesterday"],
        ["sql", "select 1", "--limit", "0"],
        ["demo", "--lock-wait", "-1"],
    ],
)
def test_a_wrong_flag_is_a_usage_error(
    arguments: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit) as caught:
        cli.main(arguments)
    assert caught.value.code == 2
    assert "capbrief" in capsys.readouterr().err


def test_before_the_first_run_it_says_what_to_do(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    ended = Command(tmp_path, capsys)("status")
    assert ended.code == 2
    assert "run 'capbrief demo' first" in ended.message


BROKEN = [
    (
        "scenarios/broken.toml",
        "[scenario]\nid = 'broken'\ntitle = 't'\n\n[inputs]\nx = 1 2\n",
        ["build"],
        "broken.toml",
    ),
    ("scenarios/base.toml", "[scenario]\nid = 'base'\nnonsense = 1\n", ["build"], "base.toml:3"),
    ("sql/marts/broken.sql", "select 1", ["build"], "broken.sql:1: has no"),
    (
        "sql/marts/broken.sql",
        "-- description: d\n-- grain: x\nselect x from marts.nowhere",
        ["build"],
        "reads marts.nowhere",
    ),
    (
        "sql/marts/broken.sql",
        "-- description: d\n-- grain: x\nselect\n  nowhere as x\nfrom marts.token",
        ["build"],
        "broken.sql:4: Binder Error",
    ),
    ("reports/market-capacity.toml", "title = 'x'\n= broken", ["report"], "market-capacity.toml"),
    ("templates/report.html.jinja", "{{ report.nowhere }}", ["report"], "report.html.jinja"),
    ("templates/report.html.jinja", "{% if %}", ["report"], "report.html.jinja"),
]


@pytest.mark.parametrize(("name", "text", "arguments", "place"), BROKEN)
def test_a_broken_file_of_the_user_is_named_and_changes_nothing(
    fresh: Command, tmp_path: Path, name: str, text: str, arguments: list[str], place: str
) -> None:
    before = link(fresh.home)
    ended = fresh(*arguments, "--overlay", overlay(tmp_path, name, text))
    assert ended.code == 2
    assert place in ended.message
    assert ended.out == ""
    assert link(fresh.home) == before


def test_a_failed_check_shows_its_rows_and_what_was_published_stays(
    fresh: Command, tmp_path: Path
) -> None:
    before = link(fresh.home)
    reports = {path: path.read_bytes() for path in (fresh.home / "reports").rglob("*.*")}
    text = "-- description: No token is called BTC.\nselect * from marts.token where symbol = 'BTC'"
    ended = fresh("demo", "--overlay", overlay(tmp_path, "sql/checks/token__btc.sql", text))
    assert ended.code == 7
    lines = ended.message.splitlines()
    assert lines[0] == "checks.token__btc: 1 bad rows (No token is called BTC.)"
    assert "coin_id=bitcoin" in lines[1]
    assert link(fresh.home) == before
    assert {path: path.read_bytes() for path in (fresh.home / "reports").rglob("*.*")} == reports
    again = fresh("sql", "select status, exit_code from marts.run", "--json")
    assert [row["exit_code"] for row in json.loads(again.out)] == [None]


def test_a_failed_run_is_on_record_in_the_next_warehouse(fresh: Command, tmp_path: Path) -> None:
    text = "-- description: d\nselect 1 as x"
    assert fresh("build", "--overlay", overlay(tmp_path, "sql/checks/x.sql", text)).code == 7
    assert fresh("build").code == 0
    ended = fresh("sql", "select status from marts.run order by started_at", "--json")
    assert [row["status"] for row in json.loads(ended.out)] == ["ok", "failed", "published"]


def test_a_corrupt_payload_is_found_by_its_hash(fresh: Command) -> None:
    before = link(fresh.home)
    body = sorted((fresh.home / "payloads").rglob("*.gz"))[0]
    body.chmod(0o644)
    body.write_bytes(b"\x00" + body.read_bytes()[1:])
    for arguments in (["demo"], ["build", "--full"]):
        ended = fresh(*arguments)
        assert ended.code == 8
        assert f"{body.name}: payload is damaged" in ended.message
        assert link(fresh.home) == before


def test_a_second_writer_is_told_and_waits_for_nobody(fresh: Command) -> None:
    with warehouse.writing(resolve(fresh.home, {}, Path("/"))):
        ended = fresh("build")
    assert ended.code == 5
    assert "another run is writing" in ended.message


def test_without_native_libraries_the_html_is_delivered_and_the_exit_is_partial(
    fresh: Command, monkeypatch: pytest.MonkeyPatch
) -> None:
    def missing(*_: object, **__: object) -> bytes:
        raise RenderLibraryMissing("the PDF needs native libraries; apt install them")

    monkeypatch.setattr("pipeline.report.pdf.pdf", missing)
    ended = fresh("demo")
    assert ended.code == 3
    assert [Path(line).suffix for line in ended.out.split()] == [".html"]
    assert Path(ended.out.strip()).exists()
    assert "native libraries" in ended.message
    assert fresh("build").code == 0
    runs = fresh("sql", "select status from marts.run", "--json")
    assert "partial" in [row["status"] for row in json.loads(runs.out)]


def test_incremental_and_full_builds_give_equal_tables(fresh: Command) -> None:
    again, full = fresh("build", "--json"), fresh("build", "--full", "--json")
    assert (again.code, full.code) == (0, 0)
    assert json.loads(again.out)["content_hash"] == json.loads(full.out)["content_hash"]


def test_equal_input_gives_equal_bytes(
    run: Command, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    first = run("report", "--out", str(tmp_path / "one")).out.split()
    other = Command(tmp_path / "other", capsys)("demo", "--out", str(tmp_path / "two")).out.split()
    assert [Path(path).read_bytes() for path in first] == [
        Path(path).read_bytes() for path in other
    ]


def test_as_of_the_claims_day_fleet_estimates_of_2026_are_unknown(fresh: Command) -> None:
    query = "select count(*) as n from marts.fleet_quarter"
    assert json.loads(fresh("sql", query, "--json").out)[0]["n"] > 0
    then = fresh("sql", query, "--as-of", "2024-04-03", "--json")
    assert json.loads(then.out) == [{"n": 0}]
    later = fresh(
        "sql",
        "select max(price_date)::varchar as day from marts.token_day",
        "--as-of",
        "2024-01-10",
        "--json",
    )
    assert json.loads(later.out) == [{"day": "2024-01-09"}]


def test_a_report_as_of_a_day_is_rebuilt_byte_for_byte(fresh: Command, tmp_path: Path) -> None:
    first = fresh("report", "--as-of", "2024-04-03", "--out", str(tmp_path / "first"))
    assert first.code == 0
    assert fresh("demo").code == 0
    shutil.rmtree(fresh.home / "warehouse" / "private")
    second = fresh("report", "--as-of", "2024-04-03", "--out", str(tmp_path / "second"))
    for one, two in zip(first.out.split(), second.out.split(), strict=True):
        assert Path(one).read_bytes() == Path(two).read_bytes()


@pytest.mark.parametrize("day", ["2024-01-15", "2026-06-30", "2020-01-01"])
def test_a_report_can_be_had_for_any_day(fresh: Command, day: str) -> None:
    ended = fresh("report", "--date", day)
    assert ended.code == 0
    assert [Path(path).exists() for path in ended.out.split()] == [True, True]


def test_status_check_and_sources_answer(run: Command) -> None:
    status = json.loads(run("status", "--json").out)
    assert status["report_date"] == "2024-04-03"
    assert status["tables"]["marts.token_day"] > 2000
    assert "checks pass" in run("check").out
    producers = {row["producer"] for row in json.loads(run("sources", "--json").out)}
    assert any("Epoch AI" in producer for producer in producers)


def test_every_command_has_help(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as caught:
        cli.main(["--help"])
    assert caught.value.code == 0
    shown = capsys.readouterr().out
    for name in ("demo", "build", "report", "sql", "check", "status", "sources", "scenario"):
        assert f"    {name} " in shown
        with pytest.raises(SystemExit):
            cli.main([name, "--help"])


def test_no_command_is_a_usage_error(capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.main([]) == 2
    assert "COMMAND" in capsys.readouterr().out
