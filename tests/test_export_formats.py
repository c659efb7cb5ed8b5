"""Exported files: every format read back by another reader, and values that are hard to write."""

from __future__ import annotations

import csv
import json
import re
import shutil
import sqlite3
from contextlib import closing
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING
from xml.etree import ElementTree
from zipfile import ZipFile

import duckdb
import polars as pl
import pytest

from pipeline import export, lite, sheets
from pipeline.errors import LimitError, StorageError, UsageError
from pipeline.exported import Table
from pipeline.warehouse import Warehouse

if TYPE_CHECKING:
    from pipeline.job import Job
    from tests.conftest import Command  # noqa: TID251 - for its types only

SHEET = "{http://schemas.openxmlformats.org/spreadsheetml/2006/main}"


def read_sheets(path: Path) -> dict[str, list[list[tuple[str, str]]]]:
    """Rows of every sheet as pairs of kind and text, from the XML itself; no formula is there."""
    with ZipFile(path) as archive:
        book = ElementTree.fromstring(archive.read("xl/workbook.xml"))
        names = [sheet.attrib["name"] for sheet in book.iter(f"{SHEET}sheet")]
        found = {}
        for number, name in enumerate(names, start=1):
            tree = ElementTree.fromstring(archive.read(f"xl/worksheets/sheet{number}.xml"))
            assert not [*tree.iter(f"{SHEET}f")]
            assert not [*tree.iter(f"{SHEET}hyperlink")]
            found[name] = [
                [
                    (cell.get("t", "n"), "".join(part for part in cell.itertext()))
                    for cell in row.iter(f"{SHEET}c")
                ]
                for row in tree.iter(f"{SHEET}row")
            ]
    return found


@pytest.fixture
def hostile(tmp_path: Path, job: Job) -> Warehouse:
    """A warehouse of one mart that holds what is hard to write down, and what it was built for."""
    path = tmp_path / "hostile.duckdb"
    with duckdb.connect(path) as connection:
        connection.execute("create schema marts")
        connection.execute(
            "create table marts.build as select date '2024-04-03' as report_date,"
            " null::timestamp as as_of"
        )
        connection.execute(
            """
            create table marts.hard as select
                '=HYPERLINK("http://example.org")' as "=formula",
                E'\\x1b[2J' || chr(0) as control,
                -1.5::double as number,
                'nan'::double as nan,
                9007199254740993::bigint as big,
                18446744073709551615::ubigint as unsigned,
                12345678901234567890.12::decimal(38, 2) as exact,
                1.25::decimal(9, 2) as short,
                date '2024-02-29' as day,
                date 'infinity' as endless,
                timestamp '2024-02-29 13:14:15.123456' as moment,
                true as yes,
                ['=a', null] as list,
                '\\xFF'::blob as bytes,
                null::varchar as missing,
                '' as empty
            """
        )
        connection.execute("comment on table marts.hard is 'Hard values. One row per file.'")
    return Warehouse(path, job.settings)


def exported(job: Job, opened: Warehouse, form: str, folder: Path, **options: bool) -> Path:
    with opened:
        export.export(job, opened, ["marts.hard"], form, folder, **options)
    return folder


def test_every_format_holds_the_same_rows(run: Command, tmp_path: Path) -> None:
    for form in ("parquet", "csv", "sqlite", "xlsx"):
        assert run("export", "marts.token_day", "--format", form,
                   "--out", str(tmp_path / form)).code == 0  # fmt: skip
    query = "select coin_id, price_date::varchar, close_usd from marts.token_day order by all"
    with duckdb.connect(run.published, read_only=True) as connection:
        expected = connection.execute(query).fetchall()
    with duckdb.connect() as connection:
        # DuckDB's own readers, where polars wrote.
        for form in ("parquet", "csv"):
            file = tmp_path / form / f"marts.token_day.{form}"
            assert connection.execute(
                query.replace("marts.token_day", f"read_{form}('{file}')")
            ).fetchall() == expected  # fmt: skip
    with closing(sqlite3.connect(tmp_path / "sqlite" / "warehouse.sqlite")) as database:
        assert database.execute(
            "select coin_id, price_date, close_usd from marts_token_day order by 1, 2"
        ).fetchall() == expected  # fmt: skip
    (rows,) = read_sheets(tmp_path / "xlsx" / "warehouse.xlsx").values()
    assert len(rows) == len(expected) + 1
    heading = [text for _, text in rows[0]]
    at = heading.index("close_usd")
    found = sorted((row[0][1], float(row[at][1])) for row in rows[1:])
    assert found == sorted((coin, close) for coin, _, close in expected)


def test_equal_rows_give_equal_bytes(run: Command, tmp_path: Path) -> None:
    # All four writers do; SQLite's only with the same library, whose version stands in the file.
    for form in ("parquet", "csv", "sqlite", "xlsx"):
        contents = []
        for name in ("one", "two"):
            folder = tmp_path / name / form
            assert run("export", "--format", form, "--out", str(folder)).code == 0
            contents.append({path.name: path.read_bytes() for path in folder.iterdir()})
        assert contents[0] == contents[1]


def test_hard_values_in_csv(hostile: Warehouse, job: Job, tmp_path: Path) -> None:
    folder = exported(job, hostile, "csv", tmp_path / "out")
    with (folder / "marts.hard.csv").open(newline="") as stream:
        (row,) = csv.DictReader(stream)
    assert row["'=formula"] == '\'=HYPERLINK("http://example.org")'
    assert row["number"] == "-1.5"
    assert row["exact"] == "12345678901234567890.12"
    assert row["endless"] == "infinity"
    assert row["moment"] == "2024-02-29 13:14:15.123456"
    assert json.loads(row["list"]) == ["=a", None]
    shutil.rmtree(folder)


def test_raw_leaves_text_alone(hostile: Warehouse, job: Job, tmp_path: Path) -> None:
    folder = exported(job, hostile, "csv", tmp_path / "out", raw=True)
    assert (folder / "marts.hard.csv").read_text().startswith("=formula,")


def test_hard_values_in_parquet_keep_their_types(
    hostile: Warehouse, job: Job, tmp_path: Path
) -> None:
    folder = exported(job, hostile, "parquet", tmp_path / "out")
    with duckdb.connect() as connection:
        relation = connection.sql(f"from '{folder / 'marts.hard.parquet'}'")
        kinds = dict(zip(relation.columns, map(str, relation.types), strict=True))
        row = connection.execute(
            f"""select "=formula", big, unsigned, exact::varchar, day::varchar, endless::varchar,
            isnan(nan), list from '{folder / "marts.hard.parquet"}'"""
        ).fetchall()
        compressions = connection.execute(
            f"select distinct compression from parquet_metadata('{folder / 'marts.hard.parquet'}')"
        ).fetchall()
    assert compressions == [("ZSTD",)]
    assert kinds["day"] == "DATE"
    assert kinds["moment"] == "TIMESTAMP"
    assert kinds["exact"] == "DECIMAL(38,2)"
    assert row[0][:5] == (
        '=HYPERLINK("http://example.org")',
        2**53 + 1,
        2**64 - 1,
        "12345678901234567890.12",
        "2024-02-29",
    )
    assert row[0][6:] == (True, ["=a", None])


def test_hard_values_in_sqlite(hostile: Warehouse, job: Job, tmp_path: Path) -> None:
    folder = exported(job, hostile, "sqlite", tmp_path / "out")
    with closing(sqlite3.connect(folder / "warehouse.sqlite")) as database:
        database.row_factory = sqlite3.Row
        (row,) = database.execute("select * from marts_hard").fetchall()
        assert database.execute("pragma integrity_check").fetchone()[0] == "ok"
    assert dict(row) == {
        "=formula": '=HYPERLINK("http://example.org")',
        "control": "\x1b[2J\x00",
        "number": -1.5,
        "nan": "NaN",
        "big": 2**53 + 1,
        "unsigned": "18446744073709551615",
        "exact": "12345678901234567890.12",
        "short": "1.25",
        "day": "2024-02-29",
        "endless": "infinity",
        "moment": "2024-02-29 13:14:15.123456",
        "yes": 1,
        "list": '["=a", null]',
        "bytes": "ff",
        "missing": None,
        "empty": "",
    }


def test_hard_values_in_a_sheet(hostile: Warehouse, job: Job, tmp_path: Path) -> None:
    folder = exported(job, hostile, "xlsx", tmp_path / "out")
    heading, row = read_sheets(folder / "warehouse.xlsx")["marts.hard"]
    names = [text for _, text in heading]
    # Missing and empty cells, the last two, are not there.
    found = dict(zip(names, row, strict=False))
    assert names[0] == "'=formula"
    text = "inlineStr"
    assert found["'=formula"] == (text, '\'=HYPERLINK("http://example.org")')
    assert found["number"] == ("n", "-1.5")
    assert found["nan"] == (text, "nan")
    assert found["big"] == (text, "9007199254740993")
    assert found["exact"] == (text, "12345678901234567890.12")
    assert found["short"] == ("n", "1.25")
    # 29 February 2024 is day 45,351 of a sheet's calendar.
    assert found["day"] == ("n", "45351")
    assert found["endless"] == (text, "infinity")
    kind, moment = found["moment"]
    assert kind == "n"
    seconds = 13 * 3600 + 14 * 60 + 15.123
    assert float(moment) == pytest.approx(45351 + seconds / 86400, abs=1e-8)
    assert found["yes"] == ("b", "1")
    assert not re.search("[\x00\x1b]", found["control"][1])


def test_sheet_names_are_short_and_no_two_alike() -> None:
    long = "marts." + "a" * 40
    tables = [long, long + "b", long.upper(), "marts.t", *(f"{long}{n}" for n in range(20))]
    found = sheets.names(tables)
    assert found["marts.t"] == "marts.t"
    assert all(len(name) <= 31 for name in found.values())
    assert len({name.lower() for name in found.values()}) == len(tables)


def a_table(count: int = 1, place: str = "marts.t") -> Table:
    return Table("marts.t", "", (("x", "VARCHAR"),), count, "warehouse.xlsx", place)


def test_more_rows_than_a_sheet_takes_are_refused_by_name() -> None:
    sheets.must_fit([a_table(1_048_575)])
    with pytest.raises(LimitError, match=r"marts\.t: 1,048,576 rows"):
        sheets.must_fit([a_table(1_048_576)])


def test_a_longer_text_than_a_cell_takes_is_refused_by_name(tmp_path: Path) -> None:
    made_on = datetime(2024, 4, 3)
    path = tmp_path / "warehouse.xlsx"
    fits = pl.DataFrame({"x": ["x" * 32_767]})
    sheets.write(path, [(a_table(), fits)], made_on=made_on, raw=False)
    assert read_sheets(path)["marts.t"][1] == [("inlineStr", "x" * 32_767)]
    # Counted as sheets do: each of these is two.
    for text in ("x" * 32_768, "\U0001f600" * 16_384):
        with pytest.raises(LimitError, match=r"marts\.t: a text in column x"):
            sheets.write(
                path, [(a_table(), pl.DataFrame({"x": [text]}))], made_on=made_on, raw=False
            )


def test_a_workbook_or_database_that_cannot_be_written_says_so(tmp_path: Path) -> None:
    parts = [(a_table(), pl.DataFrame({"x": ["a"]}))]
    with pytest.raises(StorageError, match="cannot be written"):
        lite.write(tmp_path / "nowhere" / "x.sqlite", parts)
    with pytest.raises(StorageError, match="cannot be written"):
        sheets.write(Path("/proc/x.xlsx"), parts, made_on=datetime(2024, 4, 3), raw=False)


def test_nothing_is_exported_from_an_unknown_table(
    hostile: Warehouse, job: Job, tmp_path: Path
) -> None:
    with hostile, pytest.raises(UsageError, match=r"did you mean marts\.hard"):
        export.export(job, hostile, ["marts.hart"], "csv", tmp_path / "out")
