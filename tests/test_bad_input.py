"""What goes wrong: one line, its exit code, and what was published stays."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import TYPE_CHECKING

import duckdb
import pytest

from pipeline import cli, holder
from pipeline.configuration import resolve

if TYPE_CHECKING:
    from tests.conftest import Command, Overlay  # noqa: TID251 - for its types only


@pytest.mark.parametrize(
    ("arguments", "code", "message"),
    [
        (["sql", "select nowhere from marts.token"], 2, "Referenced column"),
        (["sql", "selec"], 2, "syntax error"),
        (["sql", "select * from read_csv('/etc/passwd')"], 2, "read_csv is refused"),
        (["sql", "select * from range(20)", "--limit", "10"], 11, "more than 10 rows"),
        (["report", "build", "no-such-report"], 2, "no-such-report"),
        (["scenario", "show", "no-such-scenario"], 2, "no-such-scenario"),
        (["sql", "select 1", "--overlay", "/nowhere"], 2, "No such file"),
        (["sql", "select 1; select 2"], 2, "holds 2 statements"),
        (["sql", "select 1 as a, 2 as a"], 2, "gives column a twice"),
        (["sql", "set threads = 1"], 2, "set is refused"),
        (["sql", "select 1", "--json", "--csv"], 2, "choose one"),
        (["sql", "select '\udcff'"], 2, "not UTF-8"),
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
        ["report", "build", "--date", "2024-13-01"],
        ["report", "build", "--date", "9999-12-31"],
        ["report", "build", "--as-of", "2024-W08"],
        ["report", "build", "--as-of", "0001-01-01T00:00+14:00"],
        ["sql", "select 1", "--limit", "99999999999999999999"],
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


def test_before_the_first_run_it_says_what_to_do(first: Command) -> None:
    ended = first("status")
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
    (
        "reports/market-capacity.toml",
        "title = 'x'\n= broken",
        ["report", "build"],
        "market-capacity.toml",
    ),
    (
        "templates/report.html.jinja",
        "{{ report.nowhere }}",
        ["report", "build"],
        "report.html.jinja",
    ),
    ("templates/report.html.jinja", "{% if %}", ["report", "build"], "report.html.jinja"),
]


@pytest.mark.parametrize(("name", "text", "arguments", "place"), BROKEN)
def test_a_broken_file_of_the_user_is_named_and_changes_nothing(
    fresh: Command, overlay: Overlay, name: str, text: str, arguments: list[str], place: str
) -> None:
    before = fresh.published
    ended = fresh(*arguments, "--overlay", overlay(name, text))
    assert ended.code == 2
    assert place in ended.message
    assert ended.out == ""
    assert fresh.published == before


def test_a_failed_check_shows_its_rows_and_what_was_published_stays(
    fresh: Command, overlay: Overlay
) -> None:
    before = fresh.published
    reports = {path: path.read_bytes() for path in (fresh.home / "reports").rglob("*.*")}
    text = "-- description: No token is called BTC.\nselect * from marts.token where symbol = 'BTC'"
    ended = fresh("demo", "--overlay", overlay("sql/checks/token__btc.sql", text))
    assert ended.code == 7
    lines = ended.message.splitlines()
    assert lines[0] == "checks.token__btc: 1 bad rows (No token is called BTC.)"
    assert "coin_id=bitcoin" in lines[1]
    assert fresh.published == before
    assert {path: path.read_bytes() for path in (fresh.home / "reports").rglob("*.*")} == reports
    again = fresh("sql", "select status, exit_code from marts.run", "--json")
    assert [row["exit_code"] for row in json.loads(again.out)] == [None]


def test_a_failed_run_is_on_record_in_the_next_warehouse(fresh: Command, overlay: Overlay) -> None:
    text = "-- description: d\nselect 1 as x"
    assert fresh("build", "--overlay", overlay("sql/checks/x.sql", text)).code == 7
    assert fresh("build").code == 0
    ended = fresh("sql", "select status from marts.run order by started_at", "--json")
    assert [row["status"] for row in json.loads(ended.out)] == ["ok", "failed", "published"]


def test_a_corrupt_payload_is_found_by_its_hash_until_it_comes_again(fresh: Command) -> None:
    before = fresh.published
    body = sorted((fresh.home / "payloads").rglob("*.zst"))[0]
    whole = body.read_bytes()
    body.chmod(0o644)
    body.write_bytes(b"\x00" + whole[1:])
    ended = fresh("build", "--full")
    assert ended.code == 8
    assert f"{body.name}: payload is damaged" in ended.message
    assert fresh.published == before
    assert fresh("demo").code == 0
    assert body.read_bytes() == whole
    assert fresh("build", "--full").code == 0


def test_without_its_ledger_nothing_is_published(fresh: Command) -> None:
    before = fresh.published
    for path in (fresh.home / "state").glob("ledger.sqlite*"):
        path.unlink()
    ended = fresh("build")
    assert ended.code == 2
    assert "lists nothing that was fetched" in ended.message
    assert fresh.published == before


def test_a_lost_warehouse_folder_is_made_again(fresh: Command) -> None:
    shutil.rmtree(fresh.home / "warehouse")
    assert fresh("status").code == 2
    assert fresh("build").code == 0
    assert fresh("check").code == 0


def test_a_broken_link_and_a_damaged_file_are_storage_faults(fresh: Command) -> None:
    file = fresh.published
    file.chmod(0o644)
    whole = file.read_bytes()
    # The file's headers stay, so that it opens; every block of data behind them is gone.
    file.write_bytes(whole[:20_000] + bytes(len(whole) - 20_000))
    assert fresh("check").code == 8
    assert fresh("sql", "select count(distinct t::varchar) from marts.token_day t").code == 8
    file.unlink()
    ended = fresh("status")
    assert ended.code == 8
    assert "leads to a file that is not there" in ended.message


def test_check_finds_a_file_that_is_not_what_was_published(fresh: Command) -> None:
    fresh.published.chmod(0o644)
    with duckdb.connect(fresh.published) as connection:
        connection.execute("update marts.token set name = 'Other' where symbol = 'BTC'")
    ended = fresh("check")
    assert ended.code == 8
    assert "is not as it was written (marts.token: values" in ended.message


def test_a_table_whose_file_is_gone_does_not_stay(fresh: Command, overlay: Overlay) -> None:
    text = "-- description: One row per x.\n-- grain: x\nselect 1 as x"
    before = json.loads(fresh("build", "--json").out)["content_hash"]
    own = overlay("sql/marts/mine.sql", text)
    assert fresh("build", "--overlay", own).code == 0
    assert fresh("sql", "from marts.mine").code == 0
    assert json.loads(fresh("build", "--json").out)["content_hash"] == before
    assert fresh("sql", "from marts.mine").code == 2


@pytest.mark.parametrize("name", ["scenario/x.toml", "sql/mart/x.sql", "note.txt"])
def test_an_overlay_that_would_be_passed_over_is_refused(
    fresh: Command, overlay: Overlay, name: str
) -> None:
    ended = fresh("build", "--overlay", overlay(name, "x"))
    assert ended.code == 2
    assert "not one of the readable folders" in ended.message


def test_a_model_cannot_read_files(fresh: Command, overlay: Overlay) -> None:
    text = "-- description: d\n-- grain: size\nselect size from read_text('/etc/hostname')"
    ended = fresh("build", "--overlay", overlay("sql/marts/mine.sql", text))
    assert ended.code == 2
    assert "mine.sql" in ended.message
    assert "disabled" in ended.message


def test_a_second_writer_is_told_and_waits_for_nobody(fresh: Command) -> None:
    with holder.writing(resolve(fresh.home, {}, Path("/"))):
        ended = fresh("build")
    assert ended.code == 5
    assert "another run is writing" in ended.message


def test_without_native_libraries_the_html_is_delivered_and_the_exit_is_partial(
    fresh: Command, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    # The process that makes the PDF looks for modules where this one does.
    (tmp_path / "weasyprint.py").write_text("raise OSError('cannot load library libpango')")
    monkeypatch.syspath_prepend(tmp_path)
    ended = fresh("demo")
    assert ended.code == 3
    assert [Path(line).suffix for line in ended.out.split()] == [".html"]
    assert Path(ended.out.strip()).exists()
    assert "native libraries are missing (cannot load library libpango)" in ended.message
    assert fresh("build").code == 0
    runs = fresh("sql", "select status from marts.run", "--json")
    assert "partial" in [row["status"] for row in json.loads(runs.out)]
