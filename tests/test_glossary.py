"""Every column of what analysts query is described, once, and the database says so."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pytest

from pipeline import blank, glossary
from pipeline.errors import SqlError
from pipeline.estimate.tables import TABLES
from pipeline.model import models
from pipeline.resources import SQL

if TYPE_CHECKING:
    from pathlib import Path

Columns = dict[str, dict[str, tuple[str, str | None]]]


@pytest.fixture(scope="module")
def columns() -> Columns:
    """Type and comment of each column of each table, as DuckDB has them."""
    connection = blank.made([SQL])
    found: Columns = {}
    for table, column, kind, comment in connection.execute(
        "select schema_name || '.' || table_name, column_name, data_type, comment "
        "from duckdb_columns() where schema_name in ('staging', 'marts', 'estimates')"
    ).fetchall():
        found.setdefault(table, {})[column] = (kind, comment)
    connection.close()
    return found


def described(columns: Columns) -> list[tuple[str, str, str, str | None]]:
    return [
        (table, column, kind, comment)
        for table, found in columns.items()
        if table.startswith(("marts.", "estimates."))
        for column, (kind, comment) in found.items()
    ]


def test_every_column_of_marts_and_estimates_says_what_it_is(columns: Columns) -> None:
    silent = [
        f"{table}.{column}" for table, column, _, comment in described(columns) if not comment
    ]
    assert silent == []
    assert len(described(columns)) > 700


def test_every_description_is_a_sentence() -> None:
    own = [model.columns for model in models([SQL])]
    made = [table.columns for table in TABLES.values()]
    texts = [text for each in (glossary.shipped().columns, *own, *made) for text in each.values()]
    assert [text for text in texts if not text.endswith(".") or "[" in text] == []


def test_no_entry_is_for_a_column_that_nothing_has(columns: Columns) -> None:
    names = {column for found in columns.values() for column in found}
    stems = {re.sub(r"_p\d\d$", "", name) for name in names}
    assert set(glossary.shipped().columns) - names - stems == set()


def test_no_table_says_again_what_the_glossary_says() -> None:
    known = glossary.shipped().columns
    own = {model.name: model.columns for model in models([SQL])}
    own |= {name: table.columns for name, table in TABLES.items()}
    again = [
        (table, name) for table in own for name in own[table] if own[table][name] == known.get(name)
    ]
    assert again == []


def test_every_measure_has_a_unit(columns: Columns) -> None:
    # Whole numbers may be ordinals, sizes of a model or seeds; what is measured is no whole number.
    bare = [
        f"{table}.{column}"
        for table, column, kind, _ in described(columns)
        if kind.startswith(("DOUBLE", "DECIMAL")) and glossary.shipped().unit(column) is None
    ]
    assert bare == []


def test_units_agree_with_types(columns: Columns) -> None:
    kinds = {"yes/no": "BOOLEAN", "UTC day": "DATE", "UTC time": "TIMESTAMP", "id": "VARCHAR"}
    wrong = [
        f"{table}.{column}: {kind}"
        for table, found in columns.items()
        for column, (kind, _) in found.items()
        if kinds.get(glossary.shipped().unit(column) or "", kind) != kind
    ]
    assert wrong == []
    of_time = [
        f"{table}.{column}"
        for table, found in columns.items()
        for column, (kind, _) in found.items()
        if kind in ("DATE", "TIMESTAMP") and glossary.shipped().unit(column) is None
    ]
    assert of_time == []


def test_no_pattern_of_units_is_idle(columns: Columns) -> None:
    names = {column for found in columns.values() for column in found}
    given = {glossary.shipped().unit(name) for name in names} - {None}
    assert given == set(glossary.shipped().units.values())


@pytest.mark.parametrize(
    ("column", "unit"),
    [
        ("market_cap_usd", "USD"),
        ("memory_bandwidth_gb_s", "GB/s"),
        ("memory_gb", "GB"),
        ("bf16_dense_tflops", "TFLOP/s"),
        ("units_p95", "units"),
        ("h100e_bf16_dense_p50", "H100e"),
        ("breakeven_days_low", "days"),
        ("range_high", "by row"),
        ("p05", "by row"),
        ("se_p50", "by row"),
        ("demand_to_fleet_p05", "ratio"),
        ("bf16_dense_per_8bit_epoch", "ratio"),
        ("change_7d", "fraction"),
        ("is_held", "yes/no"),
        ("n_rows", "count"),
        ("known_at", "UTC time"),
        ("as_of", "UTC time"),
        ("quarter_end", "UTC day"),
        ("symbol", None),
    ],
)
def test_the_unit_follows_from_the_name(column: str, unit: str | None) -> None:
    assert glossary.shipped().unit(column) == unit


def test_a_quantile_is_described_by_its_stem() -> None:
    known = glossary.Glossary({"units": "Accelerators.", "gap_p50": "Difference."}, {})
    assert known.description("units_p05", {}) == "5th percentile. Accelerators."
    assert known.description("units_p50", {}) == "Median. Accelerators."
    assert known.description("gap_p50", {}) == "Difference."
    assert known.description("gap_p95", {}) is None
    assert known.description("units_p05", {"units": "Boxes."}) == "5th percentile. Boxes."


def test_what_a_table_says_itself_comes_first(columns: Columns) -> None:
    own = "Maker of the accelerator."
    assert columns["marts.gpu"]["vendor"][1] == own
    assert columns["marts.token_day"]["vendor"][1] == glossary.shipped().columns["vendor"]


def test_only_what_changed_is_written_again() -> None:
    present = {"note": "It's so.", "known_at": None, "mine": "Old."}
    own = {"note": "It's so.", "known_at": "A user's."}
    assert glossary.comments("marts.own", present, own) == [
        "comment on column marts.own.\"known_at\" is 'A user''s. [UTC time]'",
        'comment on column marts.own."mine" is null',
    ]


def test_a_second_time_writes_nothing(columns: Columns) -> None:
    makers = {model.name: model.columns for model in models([SQL])}
    makers |= {name: table.columns for name, table in TABLES.items()}
    for table in {table for table, *_ in described(columns)}:
        present = {column: comment for column, (_, comment) in columns[table].items()}
        assert glossary.comments(table, present, makers[table]) == []


def test_staging_has_no_comments_on_columns(columns: Columns) -> None:
    assert [
        comment
        for table, found in columns.items()
        if table.startswith("staging.")
        for _, comment in found.values()
        if comment
    ] == []


def test_a_header_that_describes_a_missing_column_is_refused(tmp_path: Path) -> None:
    (tmp_path / "marts").mkdir()
    (tmp_path / "marts" / "own.sql").write_text(
        "-- description: Own. One row per file.\n"
        "-- grain: report_date\n"
        "-- column report_day: The day, in\n"
        "-- words.\n"
        "select report_date from marts.build\n"
    )
    (own,) = (model for model in models([tmp_path]) if model.name == "marts.own")
    assert own.columns == {"report_day": "The day, in words."}
    with pytest.raises(SqlError, match=r"marts\.own: .* column report_day"):
        blank.made([tmp_path, SQL])
