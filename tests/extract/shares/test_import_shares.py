"""Prices of shares: vendors' layouts, and damage (F25 to F36)."""

from __future__ import annotations

import math
from datetime import date
from pathlib import Path
from typing import Any

import polars as pl
import pytest

from pipeline.errors import QualityError, UsageError
from pipeline.extract import shares
from pipeline.extract.import_file import told
from pipeline.extract.imports import EQUITY_DAILY, parse
from tests.extract.shares.conftest import (  # noqa: TID251 - its vocabulary
    NEWEST,
    STOOQ,
    Brought,
    on_basis,
    stooq,
)

# --- Layouts -----------------------------------------------------------------------------------

YAHOO = """Date,Open,High,Low,Close,Adj Close,Volume
2024-02-14,176.199997,179.309998,175.020004,178.699997,178.699997,54302100
2024-02-15,178.000000,180.330002,175.500000,176.759995,176.5,53303800
"""
NASDAQ = """Date,Close/Last,Volume,Open,High,Low
02/15/2024,$176.76,53303800,$178.00,$180.33,$175.50
02/14/2024,$178.70,"54,302,100",$176.20,$179.31,$175.02
"""
POLISH = """Data,Otwarcie,Najwyzszy,Najnizszy,Zamkniecie,Wolumen
2024-02-14,176.20,179.31,175.02,178.70,54302100
2024-02-15,178.00,180.33,175.50,176.76,53303800
"""
LAYOUTS = {"Stooq": STOOQ, "Yahoo": YAHOO, "Nasdaq": NASDAQ, "Stooq (Polish)": POLISH}


@pytest.mark.parametrize("name", LAYOUTS)
def test_a_layout_is_known_by_its_header(bring: Brought, name: str) -> None:
    origin, rows = bring(LAYOUTS[name], ticker="AMD")
    assert dict(rows.accepted.schema) == dict(EQUITY_DAILY.schema)
    assert rows.rejected.is_empty()
    found = rows.accepted.sort("price_date").select(
        "ticker", "price_date", "open_usd", "high_usd", "low_usd", "close_usd", "volume_shares"
    )
    assert [(*row[:2], *(round(figure, 2) for figure in row[2:])) for row in found.rows()] == [
        ("AMD", date(2024, 2, 14), 176.20, 179.31, 175.02, 178.70, 54302100),
        ("AMD", date(2024, 2, 15), 178.00, 180.33, 175.50, 176.76, 53303800),
    ]
    adjusted = rows.accepted.sort("price_date")["adjusted_close_usd"].to_list()
    assert adjusted == ([178.699997, 176.5] if name == "Yahoo" else [None, None])
    assert told(origin, rows) == [
        f"layout: {name}",
        "AMD: 2 days from 2024-02-14 to 2024-02-15; basis: as traded (2 known closes agree to "
        "0.00%)",
    ]
    assert origin.dataset == "a-vendor/AMD/prices"
    assert parse(EQUITY_DAILY, LAYOUTS[name].encode(), origin).accepted.equals(rows.accepted)


def test_names_of_columns_may_be_written_and_ordered_otherwise(bring: Brought) -> None:
    lines = [line.split(",") for line in YAHOO.splitlines()]
    lines[0] = ["date", "open", "high", "low", "close", "adj_close", "volume"]
    _, rows = bring("\n".join(",".join(reversed(line)) for line in lines), ticker="AMD")
    assert rows.accepted["close_usd"].to_list() == [178.699997, 176.759995]


def test_our_own_names_need_no_layout(bring: Brought) -> None:
    text = "ticker,price_date,close_usd\nAMD,2024-02-14,178.7\nNVDA,2024-02-14,73.9\n"
    _, rows = bring(text)
    assert rows.accepted.select("ticker", "basis").rows() == [
        ("AMD", "as traded"),
        ("NVDA", "split-adjusted through 2024-06-10"),
    ]


@pytest.mark.parametrize(
    ("text", "other", "finding"),
    [
        (STOOQ, {}, "--ticker: no column names the share; add e.g. --ticker NVDA"),
        (STOOQ, {"ticker": "amd"}, r"--ticker: 'amd' is no ticker.*did you mean AMD"),
        (STOOQ, {"ticker": "A B"}, "--ticker: 'A B' is no ticker"),
        (STOOQ, {"ticker": "AMD", "basis": "adjusted"}, "--basis: 'adjusted' is neither 'as tra"),
        (STOOQ, {"ticker": "AMD", "kind": "token_daily"}, "--ticker: token_daily has no ticker"),
        (STOOQ, {"kind": "token_daily", "basis": "as traded"}, "--basis: token_daily has no spl"),
        (
            "Day,Price\n2024-02-14,178.7\n",
            {"ticker": "AMD"},
            r"has the columns Day, Price, which are those of no known layout \(Stooq: Date, Open, ",
        ),
        (
            STOOQ.replace("Volume", "Volume,Ticks"),
            {"ticker": "AMD"},
            "has the columns Date, Open, High, Low, Close, Volume, Ticks, which are those of no",
        ),
        (STOOQ.replace("Open", "Close", 1), {"ticker": "AMD"}, "which are those of no known"),
        (STOOQ.replace(",", ";"), {"ticker": "AMD"}, 'say separator = ";" in the mapping'),
        (
            "ticker,price_date,close_usd\nAMD,2024-02-14,178.7\n",
            {"ticker": "AMD"},
            "column 'ticker' is in the file, and 'AMD' is said for all",
        ),
        ("<!DOCTYPE html><html><body>Get an apikey</body></html>", {"ticker": "AMD"}, "column"),
    ],
)
def test_what_is_not_known_is_refused(
    bring: Brought, text: str, other: dict[str, Any], finding: str
) -> None:
    with pytest.raises(UsageError, match=finding):
        bring(text, **other)


OWN = """
{constants}
[columns]
price_date = "date"
close_usd = "close"
{ticker}
"""


def test_a_mapping_may_leave_the_ticker_to_the_flag(bring: Brought) -> None:
    text = "date,close\n2024-02-14,178.7\n"
    _, rows = bring(text, OWN.format(constants="", ticker=""), ticker="AMD")
    assert rows.accepted["ticker"].to_list() == ["AMD"]
    own = OWN.format(constants="", ticker='ticker = { value = "AMD" }')
    assert bring(text, own)[1].accepted["ticker"].to_list() == ["AMD"]
    with pytest.raises(UsageError, match="ticker: is given, and so is 'NVDA' for all rows"):
        bring(text, own, ticker="NVDA")
    with pytest.raises(UsageError, match=r"columns\.ticker: is missing"):
        bring(text, OWN.format(constants="", ticker=""))
    for constants, finding in {
        "constants = 1": "constants: is no table",
        'constants = { tick = "AMD" }': "constants.tick: is unknown",
        'constants = { ticker = "amd" }': "constants.ticker: is 'amd', which is no ticker",
        'basis = "raw"': "basis: 'raw' is neither",
    }.items():
        with pytest.raises(UsageError, match=finding):
            bring(text, OWN.format(constants=constants, ticker=""))


def test_files_of_two_shares_with_one_name_do_not_replace_each_other(bring: Brought) -> None:
    one, _ = bring(STOOQ, ticker="AMD")
    other, _ = bring(stooq(on_basis("NVDA", NEWEST, "2024-02-01", "2024-03-29")), ticker="NVDA")
    assert one.dataset != other.dataset


# --- Damage ------------------------------------------------------------------------------------


def damaged(line: str, n_good: int = 40) -> str:
    closes = on_basis("AMD", None, "2023-01-02", "2023-12-29")
    good = stooq(dict(list(closes.items())[:n_good]))
    return good + line + "\n"


DAMAGE = {
    "F25 NaN": ("2023-06-01,1,1,1,NaN,1", "close_usd: is no finite number"),
    "F25 beyond floats": ("2023-06-01,1,1,1,1e400,1", "close_usd: is no finite number"),
    "F28 null": ("2023-06-01,null,null,null,null,null", "close_usd: is no finite number"),
    "F28 empty": ("2023-06-01,1,1,1,,1", "close_usd: is required"),
    "F29 thousands": ('2023-06-01,1,1,1,"1,234.56",1', "close_usd: is no finite number"),
    "F29 dollar": ("2023-06-01,1,1,1,$12.5,1", "close_usd: is no finite number"),
    "F31 zero": ("2023-06-01,1,1,1,0,1", "close_usd: is not above 0"),
    "F31 negative": ("2023-06-01,1,1,1,-1,1", "close_usd: is not above 0"),
    "F36 US date": ("6/1/2023,1,1,1,1,1", "price_date: is no day written as %Y-%m-%d"),
    "weekend": ("2023-06-03,1,1,1,1,1", "price_date: is a Saturday or Sunday"),
    "today's bar": ("2026-11-23,1,1,1,1,1", "price_date: was not over"),
    "before all": ("1970-01-20,1,1,1,1,1", "price_date: lies before 1971-02-08, when Nasdaq did"),
    "high below low": ("2023-06-01,5,4,6,5,1", "high_usd: is below low_usd"),
    "close outside": ("2023-06-01,5,6,4,7,1", "close_usd: is not between low_usd and high_usd"),
    "cut": ("2023-06-01,5,6", "has 3 fields where the header has 6"),
}


@pytest.mark.parametrize("name", DAMAGE)
def test_one_bad_row_is_set_aside_with_its_reason(bring: Brought, name: str) -> None:
    line, reason = DAMAGE[name]
    _, rows = bring(damaged(line), ticker="AMD")
    assert len(rows.accepted) == 40
    [found] = rows.rejected["reason"].to_list()
    assert found.startswith(reason) or f"; {reason}" in found


def test_f33_days_with_two_closes_are_set_aside_and_equal_rows_count_once(
    bring: Brought,
) -> None:
    text = damaged("2023-01-02,60,61,59,60,1")
    _, rows = bring(text, ticker="AMD")
    assert (len(rows.accepted), len(rows.rejected)) == (39, 2)
    assert all("different figures" in reason for reason in rows.rejected["reason"])
    again = text.splitlines()
    _, rows = bring("\n".join([*again[:-1], again[2]]) + "\n", ticker="AMD")
    assert (len(rows.accepted), len(rows.rejected)) == (40, 0)


def test_days_in_american_form_under_another_header_are_refused_as_a_whole(
    bring: Brought,
) -> None:
    with pytest.raises(QualityError, match="2 of 2 rows cannot be taken"):
        bring(STOOQ.replace("2024-02-1", "2/1"), ticker="AMD")


def test_an_unknown_open_of_zero_is_no_price(bring: Brought) -> None:
    _, rows = bring(STOOQ.replace("176.20", "0.0"), ticker="AMD")
    assert rows.accepted["open_usd"].to_list() == [None, 178.0]


def test_rounding_to_a_cent_is_no_contradiction(bring: Brought) -> None:
    text = "Date,Open,High,Low,Close,Volume\n2012-11-16,0.28,0.28,0.28,0.2845,1\n"
    _, rows = bring(text, ticker="NVDA")
    assert (len(rows.accepted), len(rows.rejected)) == (1, 0)


# --- Recorded files ----------------------------------------------------------------------------


def test_the_history_of_amd_is_taken_whole(bring: Brought, recorded: Path) -> None:
    content = (recorded / "amd_close_1990_2022_skfolio.csv").read_bytes()
    origin, rows = bring(content, OWN.format(constants="", ticker=""), ticker="AMD")
    assert (len(rows.accepted), len(rows.rejected)) == (8313, 0)
    assert told(origin, rows) == [
        "AMD: 8313 days from 1990-01-02 to 2022-12-28; basis: split-adjusted through 2000-08-22 "
        "(no jump at 2000-08-22; 7 known closes agree to 0.00%)"
    ]
    closes = dict(rows.accepted.select("price_date", "close_usd").rows())
    for day, ratio in {date(2016, 4, 22): 0.52, date(2017, 5, 2): -0.24}.items():
        before = max(one for one in closes if one < day)
        assert closes[day] / closes[before] - 1 == pytest.approx(ratio, abs=0.005)
    with pytest.raises(UsageError, match="the closes are not those of NVDA"):
        bring(content, OWN.format(constants="", ticker=""), ticker="NVDA")


def test_an_answer_of_yahoo_is_no_file_to_import(bring: Brought, recorded: Path) -> None:
    """Yahoo turns plain clients away and grants no right to redistribute, so none is built."""
    with pytest.raises(UsageError, match="is JSON; only CSV and Parquet files can be imported"):
        bring((recorded / "yahoo_chart_shape_sample.json").read_bytes(), ticker="MU")


def test_the_edition_lists_splits_that_undo_its_closes() -> None:
    known = shares.known()
    assert {ticker: len(share.splits) for ticker, share in known.items()} == {"AMD": 2, "NVDA": 6}
    assert known["NVDA"].closes[date(2024, 2, 14)] == pytest.approx(739.0)
    assert known["NVDA"].closes[date(2012, 11, 16)] == pytest.approx(11.38)
    assert known["AMD"].closes[date(2012, 11, 16)] == 1.86
    product = math.prod(split.ratio for split in known["NVDA"].splits)
    assert product == 480


def test_parquet_is_read_by_its_columns(bring: Brought, tmp_path: Path) -> None:
    frame = pl.DataFrame({"price_date": [date(2024, 2, 14)], "close_usd": [178.7]})
    frame.write_parquet(tmp_path / "p.parquet")
    _, rows = bring((tmp_path / "p.parquet").read_bytes(), ticker="AMD")
    assert rows.accepted["basis"].to_list() == ["as traded"]
