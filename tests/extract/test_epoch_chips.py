"""Counts of chips and owners: both forms, real files, and cells that are damaged."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING

import polars as pl
import pytest

from pipeline.errors import SchemaError
from pipeline.extract.epoch_chips import DOLLARS, ENTITIES
from pipeline.source import Rows
from tests import epoch as given  # noqa: TID251 - its vocabulary

if TYPE_CHECKING:
    from collections.abc import Callable

    from pipeline.provenance import Provenance

SALE = ENTITIES["chip_sale"]
H100_UNITS = [
    *(6119, 32481, 56640, 151413, 260088, 423514, 552252, 650874, 794383, 681105),
    *(329018, 228707, 127307, 23384),
]


@pytest.fixture
def read(origin: Callable[..., Provenance]) -> Callable[..., Rows]:
    def read(content: bytes, entity: str = "chip_sale") -> Rows:
        one = ENTITIES[entity]
        rows = one.parse(one, content, origin(entity, entity))
        assert dict(rows.accepted.schema) == dict(one.schema)
        assert not any(rows.accepted[name].null_count() for name in one.required)
        return rows

    return read


def quarters(rows: Rows, **equal: object) -> pl.DataFrame:
    return rows.accepted.filter(
        "is_calendar",
        ~pl.col("is_running_total"),
        *(pl.col(name) == value for name, value in equal.items()),
    ).sort("period_end")


def total(rows: Rows, end: date, **equal: object) -> dict[str, object]:
    (row,) = rows.accepted.filter(
        "is_running_total",
        "is_calendar",
        pl.col("chip").is_null(),
        pl.col("period_end") == end,
        *(pl.col(name) == value for name, value in equal.items()),
    ).rows(named=True)
    return row


# --- Recorded files ------------------------------------------------------------------------


def test_recorded_sales(read: Callable[..., Rows]) -> None:
    content = given.recorded_archive(of_owners=False)
    rows = read(content)
    assert (len(rows.accepted), len(rows.rejected)) == (286, 0)
    h100 = quarters(rows, chip="H100")
    assert h100["units_p50"].to_list() == H100_UNITS
    assert h100["period_end"].to_list()[:: len(h100) - 1] == [date(2022, 9, 30), date(2025, 12, 31)]
    nvidia = total(rows, date(2025, 12, 31), designer="Nvidia")
    assert nvidia["units_p50"] == pytest.approx(10.5e6, rel=0.005)
    assert nvidia["h100e_p50"] == pytest.approx(13.7e6, rel=0.005)
    assert (nvidia["h100e_p05"], nvidia["h100e_p95"]) == (11899055, 15548902)
    assert nvidia["power_w_p50"] == 8562e6  # written in megawatts
    found = quarters(rows).group_by("designer").len().sort("designer").rows()
    assert found == [("AMD", 27), ("Amazon", 12), ("Google", 33), ("Nvidia", 48)]


def test_recorded_fiscal_quarters_are_kept_apart(read: Callable[..., Rows]) -> None:
    rows = read(given.recorded_archive(of_owners=False)).accepted
    fiscal = rows.filter(~pl.col("is_calendar"))
    assert fiscal["member"].unique().to_list() == ["nvidia_fiscal_quarter_chip_timelines.csv"]
    assert len(fiscal) == 42
    assert not fiscal["is_running_total"].any()


def test_recorded_part_quarters_are_flagged(read: Callable[..., Rows]) -> None:
    rows = quarters(read(given.recorded_archive(of_owners=False)))
    open_ = rows.filter("is_incomplete").group_by("designer", "period_end").len()
    assert sorted(open_.rows()) == [
        ("Google", date(2022, 12, 31), 3),
        ("Google", date(2026, 3, 31), 2),
        ("Nvidia", date(2026, 3, 31), 2),
    ]


def test_recorded_owners(read: Callable[..., Rows]) -> None:
    rows = read(given.recorded_archive(of_owners=True), "chip_holding")
    assert (len(rows.accepted), len(rows.rejected)) == (691, 0)
    year = quarters(rows, chip="H100/H200").filter(pl.col("period_end").dt.year() == 2024)
    bought = dict(year.group_by("owner").agg(pl.col("units_p50").sum()).rows())
    assert {name: round(units / 1e3) for name, units in bought.items()} == {
        "Microsoft": 679,
        "Meta": 363,
        "Amazon": 272,
        "Google": 261,
        "Oracle": 174,
    }
    microsoft = total(rows, date(2025, 12, 31), owner="Microsoft", designer="Nvidia")
    assert (microsoft["units_p50"], microsoft["h100e_p50"]) == (2109969, 3151494)
    assert total(rows, date(2025, 12, 31), owner="CoreWeave")["units_p50"] == 511608
    amd = quarters(rows, designer="AMD")
    assert set(amd["owner"]) == {"Microsoft", "Meta", "Oracle", "China", "Other"}


def test_what_of_the_recorded_files_is_not_read_is_said() -> None:
    said = SALE.new_fields(SALE, given.recorded_archive(of_owners=False))  # type: ignore[misc]
    assert "nvidia_quarterly_revenue.csv has no column 'Start date'" in said
    assert "xai_chip_quantities.csv has a column 'Owner', so it is not of sales" in said
    assert len(said) == 4


# --- The published form ----------------------------------------------------------------------


def test_the_published_form(read: Callable[..., Rows]) -> None:
    assert len(given.TIMELINE) == 24
    rows = read(given.sales())
    assert (len(rows.accepted), len(rows.rejected)) == (13, 0)
    last = quarters(rows, chip="B200").rows(named=True)[-1]
    assert (last["units_p05"], last["units_p50"], last["units_p95"]) == (800, 1000, 1200)
    assert (last["h100e_p50"], last["is_incomplete"]) == (2500, True)
    assert (last["chip_tdp_w"], last["unit_cost_usd_p50"]) == (700, 36742)
    assert last["member"] == "timelines_by_chip.csv"
    assert total(rows, date(2026, 6, 30), designer="Nvidia")["units_p50"] == 7500


def test_owners_come_without_what_is_thought_of_them(read: Callable[..., Rows]) -> None:
    rows = read(given.owners(), "chip_holding")
    assert (len(rows.accepted), len(rows.rejected)) == (7 * 13, 0)
    assert set(rows.accepted.select("owner", "owner_confidence").rows()) >= {
        ("xAI", "confident"),
        ("Meta", None),
    }


def test_both_spellings_of_the_median_are_read(read: Callable[..., Rows]) -> None:
    content = given.table(given.TIMELINE, given.timelines())
    other = content.replace(b"Compute estimate in H100e (median)", b"H100e compute power (median)")
    assert read(other).accepted.equals(read(content).accepted)


def test_a_single_file_is_read_as_an_archive_of_one(read: Callable[..., Rows]) -> None:
    rows = read(given.table(given.TIMELINE, given.timelines()))
    assert (len(rows.accepted), rows.accepted["member"].null_count()) == (7, 7)


def test_a_table_that_is_there_twice_counts_once(read: Callable[..., Rows]) -> None:
    again = given.table(given.TIMELINE, given.timelines())
    assert len(read(given.sales(again_csv=again)).accepted) == len(read(given.sales()).accepted)


def test_members_are_known_by_their_columns(read: Callable[..., Rows]) -> None:
    renamed = given.zipped(
        {
            "a.csv": given.table(given.TOTAL, given.totals()),
            "b/c.csv": given.table(given.TIMELINE, given.timelines()),
            "__MACOSX/b/._c.csv": b"\x00\x05\x16\x07",
        }
    )
    kept = [name for name in SALE.schema if name != "member"]
    order = ["designer", "chip", "period_end", "is_running_total"]
    assert (
        read(renamed)
        .accepted.select(kept)
        .sort(order)
        .equals(read(given.sales()).accepted.select(kept).sort(order))
    )


def test_new_columns_and_tables_are_said() -> None:
    more = given.table([*given.TIMELINE, "Mood"], given.timelines(Mood="good"))
    content = given.sales(more_csv=more, wafers_csv=b"Quarter,Wafers\n2026Q1,7\n")
    said = SALE.new_fields(SALE, content)  # type: ignore[misc]
    assert said == ["more.csv: Mood", "wafers.csv has no column 'Start date'"]


# --- Damage ----------------------------------------------------------------------------------


def damaged(cells: dict[str, object]) -> bytes:
    rows = given.timelines()
    rows[0] |= cells
    return given.sales(rows)


@pytest.mark.parametrize(
    ("cells", "reason"),
    [
        ({"Start date": "31/12/2026"}, "Start date: not a day like 2026-01-31 or 1/31/2026"),
        ({"End date": "2026-02-30"}, "End date: not a day like 2026-01-31 or 1/31/2026"),
        ({"Start date": ""}, "Start date: is required"),
        (
            {"Start date": "2016-01-01", "End date": "2016-01-31"},
            "is no quarter",
        ),
        ({"Start date": "2025-01-01"}, "is no quarter"),
        ({"Start date": "2014-01-01", "End date": "2014-03-31"}, "lies outside the years"),
        ({"Start date": "1/1/2102", "End date": "3/31/2102"}, "lies outside the years"),
        ({"Number of Units": "NaN"}, "Number of Units: not a plain number from 0 on"),
        ({"Number of Units": "1e400"}, "Number of Units: not a plain number from 0 on"),
        ({"Number of Units": "1,000"}, "Number of Units: not a plain number from 0 on"),
        ({"Number of Units": "1000*"}, "Number of Units: not a plain number from 0 on"),
        ({"Number of Units": "-1000"}, "Number of Units: not a plain number from 0 on"),
        ({"Number of Units": "N/A"}, "Number of Units: not a plain number from 0 on"),
        ({"Number of Units": ""}, "Number of Units: is required"),
        ({"Number of Units": "700"}, "units: percentiles are not in order"),
        ({"H100e (5th percentile)": "2000"}, "h100e: percentiles are not in order"),
        ({"Incomplete": "perhaps"}, "Incomplete: not True, checked, False or empty"),
        ({"Chip Cost (USD)": "$3,67,42"}, "Chip Cost (USD): not dollars like"),
        ({"Chip Cost (USD)": "€36742"}, "Chip Cost (USD): not dollars like"),
    ],
)
def test_a_damaged_cell_rejects_its_row(
    read: Callable[..., Rows], cells: dict[str, object], reason: str
) -> None:
    rows = read(damaged(cells))
    (row,) = rows.rejected.rows(named=True)
    assert reason in row["reason"]
    assert len(rows.accepted) == 12
    assert rows.rejected.schema == {
        "row_number": pl.Int64(),
        "reason": pl.String(),
        "row_json": pl.String(),
    }


def test_a_file_that_was_cut_rejects_its_last_row(read: Callable[..., Rows]) -> None:
    rows = read(given.table(given.TIMELINE, given.timelines())[:-60])
    (row,) = rows.rejected.rows(named=True)
    assert "where the header has 24" in row["reason"]


def test_us_and_iso_dates_are_the_same_days(read: Callable[..., Rows]) -> None:
    american = damaged({"Start date": "1/1/2026", "End date": "3/31/2026"})
    assert read(american).accepted.equals(read(given.sales()).accepted)


def test_a_quarter_that_is_there_twice_with_other_figures(read: Callable[..., Rows]) -> None:
    rows = given.timelines()
    again = rows[0] | given.figures(2000, 2000)
    found = read(given.sales([*rows, again]))
    (row,) = found.rejected.rows(named=True)
    assert row["reason"] == "is there twice, with other figures"
    # Six rows of totals come before those of the quarters.
    assert row["row_number"] == 6 + len(rows) + 1
    assert quarters(found, chip="H100/H200")["units_p50"].to_list() == [1000, 500]


def test_dollars() -> None:
    cells = ["$36,742", "36742", "36,742.50", "2.1e9", "3,67", "$", "free", None]
    read = DOLLARS.read(pl.Series(cells, dtype=pl.String()))
    assert read.to_list() == [36742, 36742, 36742.5, 2.1e9, None, None, None, None]


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"", "is empty"),
        (b"<!DOCTYPE html><html><body>Sign in</body></html>", "no column"),
        (b'{"error": "gone"}', "is JSON"),
        (given.sales()[:400], "no whole zip archive"),
        (given.zipped({"README.md": b"moved"}), "it has no CSV file"),
        (given.zipped({"a.csv": b"Quarter,Wafers\n1,2\n"}), "a.csv has no column 'Start date'"),
        (
            given.zipped({"t.csv": given.table(given.TIMELINE, given.timelines())}),
            "no table in it gives totals by designer",
        ),
        (
            given.zipped({"t.csv": given.table(given.TOTAL, given.totals())}),
            "no table in it gives units by calendar quarter and chip",
        ),
        (
            given.table([n for n in given.TIMELINE if n != "Number of Units"], []),
            "has no column 'Number of Units'",
        ),
        (given.table([*given.TIMELINE, "End date"], []), "has the column 'End date' twice"),
        (
            given.table(given.TIMELINE, given.timelines()).replace(b",Estimates", b',"Estimates'),
            "no readable CSV file",
        ),
    ],
)
def test_what_is_no_such_archive_is_refused(
    read: Callable[..., Rows], content: bytes, message: str
) -> None:
    with pytest.raises(SchemaError, match=r"^[^\n]*$") as error:
        read(content)
    assert message in str(error.value)


def test_owners_without_totals_are_refused(read: Callable[..., Rows]) -> None:
    rows = [row for name in given.OWNERS for row in given.timelines(Owner=name)]
    content = given.zipped({"a.csv": given.table([*given.TIMELINE, "Owner"], rows)})
    with pytest.raises(SchemaError, match="gives totals by owner and designer"):
        read(content, "chip_holding")
