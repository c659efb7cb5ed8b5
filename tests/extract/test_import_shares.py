"""Prices of shares: vendors' layouts, the split basis of each file, and damage (F25 to F36)."""

from __future__ import annotations

import math
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

import polars as pl
import pytest

from pipeline.errors import QualityError, UsageError
from pipeline.extract import shares
from pipeline.extract.import_file import read, told
from pipeline.extract.imports import EQUITY_DAILY, parse
from pipeline.extract.split_basis import factor
from pipeline.provenance import Provenance

if TYPE_CHECKING:
    from pipeline.source import Rows

NOW = datetime(2026, 11, 23, 12, tzinfo=UTC)
EQUITIES = Path(__file__).resolve().parents[3] / "shared" / "equities"
NEWEST = date(2024, 6, 10)

SAID: dict[str, Any] = {
    "kind": "equity_daily",
    "producer": "A Vendor",
    "citation": "A Vendor, daily history",
    "licence": "own use",
    "published": None,
    "mapping": None,
    "now": NOW,
}


@dataclass(frozen=True)
class Brought:
    """Writes a file into a folder, and reads it as an import."""

    folder: Path

    def __call__(
        self, content: str | bytes, mapping: str | None = None, **other: Any
    ) -> tuple[Provenance, Rows]:
        file = self.folder / "prices.csv"
        file.write_bytes(content if isinstance(content, bytes) else content.encode())
        path = None
        if mapping is not None:
            path = self.folder / "own.toml"
            path.write_text(mapping)
        _, origin, rows = read(file, **{**SAID, "mapping": path, **other})
        return origin, rows

    def basis(self, content: str, ticker: str = "NVDA", **other: Any) -> tuple[str, date | None]:
        """What its rows say of their basis."""
        _, rows = self(content, ticker=ticker, **other)
        found = rows.accepted.select("basis", "basis_date").unique()
        assert len(found) == 1
        return found.row(0)


@pytest.fixture
def bring(tmp_path: Path) -> Brought:
    return Brought(tmp_path)


def days(first: str, last: str) -> list[date]:
    begin, end = date.fromisoformat(first), date.fromisoformat(last)
    every = (begin + timedelta(n) for n in range((end - begin).days + 1))
    return [day for day in every if day.isoweekday() < 6]


def as_traded(ticker: str, first: str, last: str) -> dict[date, float]:
    """Closes that pass through the known ones, on the way from one to the next on one basis."""
    share = shares.known()[ticker]
    known = sorted(share.closes)
    smooth = {day: share.closes[day] / factor(share.splits, day, NEWEST) for day in known}
    made = {}
    for day in days(first, last):
        before = max((one for one in known if one <= day), default=known[0])
        after = min((one for one in known if one >= day), default=known[-1])
        part = (day - before).days / max(1, (after - before).days)
        part = min(max(part, 0.0), 1.0)
        level = math.exp((1 - part) * math.log(smooth[before]) + part * math.log(smooth[after]))
        made[day] = level * factor(share.splits, day, NEWEST)
    return made


def on_basis(ticker: str, through: date | None, first: str, last: str) -> dict[date, float]:
    splits = shares.known()[ticker].splits
    made = as_traded(ticker, first, last)
    return {day: close / factor(splits, day, through) for day, close in made.items()}


def stooq(closes: dict[date, float]) -> str:
    lines = ["Date,Open,High,Low,Close,Volume"]
    lines += [
        f"{day},{close:.6f},{close * 1.01:.6f},{close * 0.99:.6f},{close:.6f},1000000"
        for day, close in closes.items()
    ]
    return "\n".join(lines) + "\n"


# --- Layouts -----------------------------------------------------------------------------------

STOOQ = """Date,Open,High,Low,Close,Volume
2024-02-14,176.20,179.31,175.02,178.70,54302100
2024-02-15,178.00,180.33,175.50,176.76,53303800
"""
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


# --- Split basis -------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("through", "first", "last", "expected"),
    [
        (NEWEST, "2012-09-03", "2024-09-30", "split-adjusted through 2024-06-10"),
        (NEWEST, "2012-09-03", "2016-12-30", "split-adjusted through 2024-06-10"),
        (date(2021, 7, 20), "2012-09-03", "2024-04-30", "split-adjusted through 2021-07-20"),
        (date(2007, 9, 11), "2012-09-03", "2021-03-31", "as traded"),
        (None, "2012-09-03", "2024-09-30", "as traded"),
        (None, "2024-06-10", "2024-12-30", "as traded"),
        # A file that was lengthened after a split: it falls by the ratio at the later one.
        (date(2021, 7, 20), "2012-09-03", "2024-09-30", "split-adjusted through 2021-07-20"),
        (NEWEST, "2024-05-01", "2024-09-30", "split-adjusted through 2024-06-10"),
        (date(2021, 7, 20), "2022-03-01", "2022-06-30", "unknown"),
    ],
)
def test_a_basis_is_found_by_known_closes_and_by_jumps(
    bring: Brought, through: date | None, first: str, last: str, expected: str
) -> None:
    found, day = bring.basis(stooq(on_basis("NVDA", through, first, last)))
    assert found == expected
    assert day == (date.fromisoformat(found[-10:]) if "through" in found else None)


def test_copies_that_differ_by_10_and_by_40_are_bases_and_no_errors(bring: Brought) -> None:
    span = ("2012-09-03", "2021-06-30")
    copies = [on_basis("NVDA", day, *span) for day in (NEWEST, date(2021, 7, 20), None)]
    first = min(copies[0])
    assert copies[1][first] / copies[0][first] == pytest.approx(10)
    assert copies[2][first] / copies[0][first] == pytest.approx(40)
    assert [bring.basis(stooq(copy)) for copy in copies] == [
        ("split-adjusted through 2024-06-10", NEWEST),
        ("split-adjusted through 2021-07-20", date(2021, 7, 20)),
        ("as traded", None),
    ]


def test_a_user_may_say_what_rows_do_not_tell_but_not_against_them(bring: Brought) -> None:
    silent = stooq(on_basis("NVDA", date(2021, 7, 20), "2022-03-01", "2022-06-30"))
    origin, rows = bring(silent, ticker="NVDA")
    assert told(origin, rows)[1] == (
        "NVDA: 88 days from 2022-03-01 to 2022-06-30; basis: unknown (no known close and no split "
        "lies in the file; nothing decides; say --basis); it is kept apart from other files"
    )
    assert bring.basis(silent, basis="as traded") == ("as traded", None)
    said = "split-adjusted through 2024-06-10"
    assert bring.basis(silent, basis=said) == (said, NEWEST)
    loud = stooq(on_basis("NVDA", None, "2024-05-01", "2024-07-31"))
    with pytest.raises(UsageError, match="is said to be split-adjusted through 2024-06-10, but"):
        bring(loud, ticker="NVDA", basis=said)


def test_a_share_without_listed_splits_is_as_its_user_says(bring: Brought) -> None:
    assert bring.basis(STOOQ, ticker="TSM") == ("unknown", None)
    said = "split-adjusted through 2026-11-20"
    assert bring.basis(STOOQ, ticker="TSM", basis=said) == (said, date(2026, 11, 20))
    with pytest.raises(UsageError, match="closes of TSM as traded cannot be used"):
        bring(STOOQ, ticker="TSM", basis="as traded")


def test_true_large_moves_are_no_splits_and_no_errors(bring: Brought) -> None:
    moves = {"AMD": [("2016-04-22", 1.52), ("2017-05-02", 0.76)]}
    moves["NVDA"] = [("2016-11-11", 1.30), ("2023-05-25", 1.24)]
    for ticker, jumps in moves.items():
        for day, ratio in jumps:
            first = date.fromisoformat(day)
            span = days(str(first - timedelta(20)), str(first + timedelta(20)))
            closes = {one: 10.0 * (ratio if one >= first else 1.0) for one in span}
            _, rows = bring(stooq(closes), ticker=ticker)
            assert (len(rows.accepted), len(rows.rejected)) == (len(span), 0)


def test_closes_that_dividends_are_taken_from_are_kept_apart(bring: Brought) -> None:
    closes = on_basis("NVDA", NEWEST, "2012-09-03", "2024-04-30")
    ends = max(closes)
    adjusted = {day: close * (1 - 0.08 * (ends - day).days / 4200) for day, close in closes.items()}
    _, rows = bring(stooq(adjusted), ticker="NVDA")
    assert rows.accepted["basis"].unique().to_list() == ["unknown"]
    assert "adjusted for dividends too" in rows.accepted["basis_note"][0]
    little = {day: close * 0.997 for day, close in closes.items()}
    assert bring.basis(stooq(little))[1] == NEWEST


def test_one_factor_that_no_split_explains_is_kept_apart(bring: Brought) -> None:
    closes = on_basis("NVDA", NEWEST, "2012-09-03", "2024-04-30")
    _, rows = bring(stooq({day: close / 3 for day, close in closes.items()}), ticker="NVDA")
    assert rows.accepted["basis"].unique().to_list() == ["unknown"]
    assert "by a split that is not listed" in rows.accepted["basis_note"][0]


def test_two_bases_in_one_file_are_told(bring: Brought) -> None:
    # Unadjusted to 2015, adjusted afterwards: known closes fit no basis.
    early = on_basis("NVDA", None, "2012-09-03", "2014-12-31")
    late = on_basis("NVDA", NEWEST, "2015-01-01", "2024-04-30")
    with pytest.raises(UsageError, match="the closes are not those of NVDA"):
        bring(stooq({**early, **late}), ticker="NVDA")


def test_another_share_under_the_name_is_refused(bring: Brought) -> None:
    amd = stooq(on_basis("AMD", None, "2012-09-03", "2024-04-30"))
    with pytest.raises(UsageError, match=r"the closes are not those of NVDA: .* on 20"):
        bring(amd, ticker="NVDA")


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


@pytest.fixture
def recorded() -> Path:
    """Files of other publishers; skipped by name where they are absent."""
    if not EQUITIES.is_dir():
        pytest.skip("shared/equities is absent: nothing recorded is read")
    return EQUITIES


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
