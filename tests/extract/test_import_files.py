"""Imports of recorded files of vendors, and of the same frame as CSV and as Parquet."""

from __future__ import annotations

import io
import time
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import TYPE_CHECKING

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st
from polars.testing import assert_frame_equal

from pipeline.errors import SchemaError
from pipeline.extract.imports import IMPORTED, TOKEN_DAILY, parse
from pipeline.provenance import KnownAt, Provenance

if TYPE_CHECKING:
    from pathlib import Path

    from pipeline.source import Rows, Source

NOW = datetime(2026, 11, 23, 12, tzinfo=UTC)

COINMARKETCAP = """
known_at = {{ column = "price_date", offset_days = 1 }}
[columns]
coin_id = {{ value = "{coin_id}" }}
price_date = {{ column = "Date", format = "%b %d, %Y" }}
close_usd = {{ column = "Close**", number = "$1,234.56" }}
market_cap_usd = {{ column = "Market Cap", number = "$1,234", zero = "unknown" }}
volume_usd = {{ column = "Volume", number = "$1,234" }}
"""

MARKET_CHART_DUMP = """
[columns]
coin_id = "id"
price_date = { column = "date", shift_days = -1 }
close_usd = "current_price"
market_cap_usd = { column = "market_cap", zero = "unknown" }
volume_usd = "total_volume"
"""


def parquet(frame: pl.DataFrame) -> bytes:
    file = io.BytesIO()
    frame.write_parquet(file)
    return file.getvalue()


def imported(mapping: str = "") -> Provenance:
    return Provenance(
        source="import",
        entity="token_daily",
        dataset="p/own",
        title="t",
        url="",
        producer="p",
        citation="c",
        licence="l",
        media_type="text/csv",
        retrieved_at=NOW,
        known_at=KnownAt(day=NOW.date()),
        mapping=mapping,
    )


def taken(content: bytes, mapping: str = "") -> Rows:
    return parse(TOKEN_DAILY, content, imported(mapping))


def test_it_is_a_source_that_fetches_nothing() -> None:
    source: Source = IMPORTED
    assert (source.name, source.access) == ("import", None)
    assert list(source.entities) == ["token_daily", "equity_daily"]


@pytest.mark.parametrize(
    ("file", "coin_id", "n_rows"),
    [
        ("cmc_render_to_2024-03-26.csv", "render-token", 1385),
        ("cmc_bittensor_to_2024-03-26.csv", "bittensor", 388),
    ],
)
def test_figures_of_a_vendor_are_those_that_were_compiled(
    recorded: Path, shared_facts: Path, file: str, coin_id: str, n_rows: int
) -> None:
    content = (recorded / file).read_bytes()
    rows = taken(content, COINMARKETCAP.format(coin_id=coin_id))
    assert (len(rows.accepted), len(rows.rejected)) == (n_rows, 0)
    compiled = (
        pl.read_csv(shared_facts / "token_daily_2023-09_2024-03.csv", try_parse_dates=True)
        .filter(pl.col("coin_id") == coin_id)
        .rename({"date": "price_date"})
    )
    figures = ["price_date", "close_usd", "market_cap_usd", "volume_usd"]
    assert len(compiled) == 208
    assert_frame_equal(
        rows.accepted.join(compiled, on="price_date", how="semi").sort("price_date")[figures],
        compiled.sort("price_date")[figures],
        check_exact=True,
    )


def test_a_large_dump_is_read_fast_with_its_holes_and_unknown_caps(
    recorded: Path,
) -> None:
    file = recorded / "m1ck3yj0_top50_daily_2024-12_2026-03.csv"
    begun = time.perf_counter()
    rows = taken(file.read_bytes(), MARKET_CHART_DUMP)
    # 0.15 s alone; the bound leaves room for a machine that does other work besides.
    assert time.perf_counter() - begun < 1.5
    assert (len(rows.accepted), len(rows.rejected)) == (22_979, 0)
    assert rows.accepted["market_cap_usd"].null_count() == 240
    days = rows.accepted["price_date"].unique().sort()
    # Stamps from 2024-12-05 to 2026-03-30, each the midnight after its day.
    assert (days.first(), days.last()) == (date(2024, 12, 4), date(2026, 3, 29))
    one = rows.accepted.filter(pl.col("coin_id") == "whitebit")["price_date"].sort()
    assert one.diff().max() == timedelta(days=14)
    first = rows.accepted.row(0, named=True)
    assert (first["coin_id"], first["close_usd"]) == ("aave", 255.9666099557)


def test_a_dump_in_json_is_refused(recorded: Path) -> None:
    with pytest.raises(SchemaError, match="is JSON; only CSV and Parquet"):
        taken((recorded / "paymog_near_to_2021-11.json").read_bytes())


FIGURES = st.one_of(st.none(), st.floats(), st.floats(min_value=0, max_value=1e15))
FRAMES = st.lists(
    st.tuples(
        st.one_of(st.none(), st.text(max_size=5), st.from_regex(r"[a-z0-9._-]{1,12}")),
        st.one_of(st.none(), st.dates(date(2000, 1, 1), date(2030, 1, 1))),
        FIGURES,
        FIGURES,
        FIGURES,
    ),
    max_size=20,
).map(
    lambda rows: pl.DataFrame(
        rows,
        schema={name: kind for name, kind in TOKEN_DAILY.schema.items() if name != "vendor"},
        orient="row",
    )
)


@given(FRAMES)
def test_csv_and_parquet_of_a_frame_give_the_same_rows(frame: pl.DataFrame) -> None:
    csv, typed = taken(frame.write_csv().encode()), taken(parquet(frame))
    assert_frame_equal(csv.accepted, typed.accepted, check_exact=True)
    # The reasons of a day differ: text can be no day, a typed one cannot.
    assert csv.rejected["row_number"].equals(typed.rejected["row_number"])
    assert len(csv.accepted) + len(csv.rejected) <= len(frame)


@given(FRAMES)
def test_whatever_is_accepted_keeps_the_rules_and_its_figures(frame: pl.DataFrame) -> None:
    rows = taken(parquet(frame))
    good = rows.accepted
    assert dict(good.schema) == dict(TOKEN_DAILY.schema)
    assert not good.select("coin_id", "price_date").is_duplicated().any()
    assert good.filter(
        (pl.col("close_usd") > 0)
        & pl.col("close_usd").is_finite()
        & pl.all_horizontal(
            pl.col("market_cap_usd", "volume_usd").fill_null(0).is_between(0, 1.7e308)
        )
        & pl.col("coin_id").str.contains(r"^[a-z0-9._-]+$")
        & pl.col("price_date").is_between(date(2009, 1, 3), date(2026, 11, 22))
    ).equals(good)
    figures = [name for name in frame.columns if name != "coin_id"]
    assert good.join(frame, on=figures, how="anti", nulls_equal=True).is_empty()


@pytest.mark.parametrize(
    "days",
    [
        pl.Series([date(2024, 3, 26)]),
        pl.Series([datetime(2024, 3, 26, 23, 59, 59)], dtype=pl.Datetime("ms")),
        pl.Series([datetime(2024, 3, 27, 0, 59)]).dt.replace_time_zone("Europe/Berlin"),
        pl.Series(["2024-03-26"]),
        pl.Series(["2024-03-26"], dtype=pl.Categorical()),
    ],
    ids=lambda days: str(days.dtype),
)
def test_typed_days_are_days_in_utc(days: pl.Series) -> None:
    frame = pl.DataFrame({"coin_id": ["x"], "price_date": days, "close_usd": [1]})
    assert taken(parquet(frame)).accepted["price_date"].to_list() == [date(2024, 3, 26)]


def test_typed_figures_need_no_example_and_unix_days_a_unit() -> None:
    frame = pl.DataFrame(
        {
            "id": ["x"],
            "t": [1711497600],
            "price": pl.Series([Decimal("11.11")]),
            "cap": pl.Series([4242178925], dtype=pl.Int64()),
        }
    )
    mapping = """
        [columns]
        coin_id = "id"
        price_date = { column = "t", format = "s", shift_days = -1 }
        close_usd = { column = "price", number = "$1,234.56" }
        market_cap_usd = "cap"
    """
    assert taken(parquet(frame), mapping).accepted.rows() == [
        ("x", date(2024, 3, 26), 11.11, 4242178925.0, None, "p")
    ]


def test_nested_columns_are_refused_only_where_they_are_used() -> None:
    frame = pl.DataFrame(
        {"coin_id": ["x"], "price_date": [date(2024, 3, 26)], "close_usd": [[1.0]]}
    )
    with pytest.raises(SchemaError, match="column 'close_usd' holds List"):
        taken(parquet(frame))
    mapping = """
        [columns]
        coin_id = "coin_id"
        price_date = "price_date"
        close_usd = "price"
    """
    rows = taken(parquet(frame.with_columns(price=2.0)), mapping)
    assert rows.accepted["close_usd"].to_list() == [2.0]


def test_a_parquet_file_cut_short_is_refused() -> None:
    whole = parquet(pl.DataFrame({"coin_id": ["x"]}))
    for length in (5, len(whole) // 2, len(whole) - 1):
        with pytest.raises(SchemaError, match="is no readable Parquet file"):
            taken(whole[:length])
