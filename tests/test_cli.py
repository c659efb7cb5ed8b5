"""The command line, end to end on the bundled edition: results and their repetition."""

from __future__ import annotations

import csv
import io
import json
import shutil
from pathlib import Path
from typing import TYPE_CHECKING

import duckdb
import pytest

from pipeline import cli, resources, warehouse

if TYPE_CHECKING:
    from tests.conftest import Command  # noqa: TID251 - for its types only


def test_demo_goes_the_whole_way_and_prints_its_two_files(first: Command) -> None:
    ended = first("demo")
    assert ended.code == 0
    html, pdf = map(Path, ended.out.split())
    assert html.read_text(encoding="utf-8").startswith("<!doctype html>")
    assert pdf.read_bytes().startswith(b"%PDF-")
    assert [line["event"] for line in ended.log] == [
        "fetched",
        "fetched",
        "loaded",
        "transformed",
        "estimated",
        "checked",
        "committed",
        "prepared",
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
            "select table_name from duckdb_tables() where comment is null "
            "and schema_name in ('staging', 'marts', 'estimates') "
            "union all select column_name from duckdb_columns() where comment is null "
            "and schema_name in ('marts', 'estimates')"
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


def test_sql_prints_every_kind_of_value(run: Command) -> None:
    query = (
        "select interval 1 day as i, [1, 2] as l, {'a': 'nan'::double} as s,"
        " 'infinity'::double as f, 'infinity'::date as d, 1.50::decimal(9, 2) as n,"
        " sum(range) as h, 'ab'::blob as b,"
        " 340282366920938463463374607431768211455::uhugeint as u from range(3)"
    )
    assert json.loads(run("sql", query, "--json").out) == [
        {
            "i": "1 day",
            "l": [1, 2],
            "s": {"a": None},
            "f": None,
            "d": "infinity",
            "n": 1.5,
            "h": 3,
            "b": "6162",
            "u": "340282366920938463463374607431768211455",
        }
    ]
    assert '"[1, 2]"' in run("sql", query, "--csv").out
    assert run("sql", query).code == 0


def test_a_name_in_the_data_cannot_drive_the_terminal(run: Command) -> None:
    assert "\x1b" not in run("sql", "select E'\\x1b[31mred' as name").out


def test_sql_reads_a_query_from_standard_input(
    run: Command, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("sys.stdin", io.StringIO("select 6 * 7 as answer;\n"))
    assert json.loads(run("sql", "-", "--json").out) == [{"answer": 42}]


def test_incremental_and_full_builds_give_equal_tables(fresh: Command) -> None:
    again, full = fresh("build", "--json"), fresh("build", "--full", "--json")
    assert (again.code, full.code) == (0, 0)
    assert json.loads(again.out)["content_hash"] == json.loads(full.out)["content_hash"]


def test_equal_input_gives_equal_bytes(
    run: Command, first: Command, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("CAPBRIEF_SOURCES")  # a report says which sources were asked
    again = run("report", "build", "--out", str(tmp_path / "one")).out.split()
    other = first("demo", "--out", str(tmp_path / "two")).out.split()
    assert [Path(path).read_bytes() for path in again] == [
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
    first = fresh("report", "build", "--as-of", "2024-04-03", "--out", str(tmp_path / "first"))
    assert first.code == 0
    assert fresh("demo").code == 0
    shutil.rmtree(fresh.home / "warehouse" / "private")
    second = fresh("report", "build", "--as-of", "2024-04-03", "--out", str(tmp_path / "second"))
    for one, two in zip(first.out.split(), second.out.split(), strict=True):
        assert Path(one).read_bytes() == Path(two).read_bytes()


@pytest.mark.parametrize("day", ["2024-01-15", "2026-06-30", "2020-01-01"])
def test_a_report_can_be_had_for_any_day(fresh: Command, day: str) -> None:
    ended = fresh("report", "build", "--date", day)
    assert ended.code == 0
    assert [Path(path).exists() for path in ended.out.split()] == [True, True]


def test_status_check_and_sources_answer(run: Command) -> None:
    status = json.loads(run("status", "--json").out)
    assert status["report_date"] == "2024-04-03"
    assert status["tables"]["marts.token_day"] > 2000
    assert "checks pass" in run("check").out
    listed = json.loads(run("sources", "--datasets", "--json").out)
    assert any("Epoch AI" in row["producer"] for row in listed)
    states = {row["source"]: row["state"] for row in json.loads(run("sources", "--json").out)}
    assert (states["bundled"], states["coingecko"]) == ("ok", "never")


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


def test_named_sources_alone_are_fetched(fresh: Command) -> None:
    ended = fresh("fetch", "universe", "--json")
    assert (ended.code, json.loads(ended.out)["calls"]) == (0, 0)
    for name, said in (("univers", "did you mean universe?"), ("x", "see 'capbrief sources'")):
        ended = fresh("fetch", name)
        assert ended.code == 2
        assert f"{name}: no source has that name; {said}" in ended.message
