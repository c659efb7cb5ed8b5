"""In shares of which day a file states its closes: found, declared, or left unknown."""

from __future__ import annotations

import math
import random
from datetime import date, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pipeline.errors import UsageError
from pipeline.extract import shares
from pipeline.extract.import_file import told
from pipeline.extract.split_basis import factor, find
from tests.extract.shares.conftest import (  # noqa: TID251 - its vocabulary
    NEWEST,
    STOOQ,
    Brought,
    days,
    on_basis,
    stooq,
)


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


def test_f32_a_close_far_off_its_neighbours_is_set_aside(bring: Brought) -> None:
    closes = {day: 80.0 for day in days("2025-01-06", "2025-03-28")}
    for day, wrong in {"2025-02-05": 8000.0, "2025-03-05": 0.08}.items():
        text = stooq({**closes, date.fromisoformat(day): wrong})
        _, rows = bring(text, ticker="AMD")
        assert (len(rows.accepted), rows.accepted["basis"].unique().to_list()) == (
            len(closes) - 1,
            ["as traded"],
        )
        assert rows.rejected["reason"].to_list() == [
            "close_usd: is over 3 times the closes beside it, or under 1/3"
        ]


def test_a_step_without_a_listed_split_leaves_the_basis_open(bring: Brought) -> None:
    closes = {
        day: 100.0 if day < date(2025, 6, 2) else 25.0 for day in days("2025-05-05", "2025-06-27")
    }
    _, rows = bring(stooq(closes), ticker="NVDA")
    assert rows.accepted["basis"].unique().to_list() == ["unknown"]
    assert "closes move by a factor of 0.25 on 2025-06-02" in rows.accepted["basis_note"][0]
    with pytest.raises(UsageError, match=r"factor of 0\.25 on 2025-06-02, without a split"):
        bring(stooq(closes), ticker="NVDA", basis="as traded")


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


def moved(closes: dict[date, float], ticker: str, seed: int) -> dict[date, float]:
    """The same with moves of up to 8 % from day to day, but for the days that are known."""
    known, chance = shares.known()[ticker].closes, random.Random(seed)
    return {
        day: close if day in known else close * math.exp(chance.uniform(-0.04, 0.04))
        for day, close in closes.items()
    }


@given(
    ticker=st.sampled_from(["AMD", "NVDA"]),
    first=st.dates(date(1999, 1, 25), date(2025, 6, 30)),
    n_days=st.integers(1, 3000),
    n_splits=st.integers(0, 6),
    seed=st.integers(0, 1000),
)
@settings(max_examples=60)
def test_a_basis_is_right_or_unknown(
    ticker: str, first: date, n_days: int, n_splits: int, seed: int
) -> None:
    splits = shares.known()[ticker].splits[:n_splits]
    last = min(first + timedelta(n_days), date(2025, 12, 31))
    span = (str(first), str(last))
    through = splits[-1].ex_date if splits else None
    closes = moved(on_basis(ticker, through, *span), ticker, seed)
    if not closes:
        return
    found = find(ticker, closes, shares.known()[ticker])
    if found.text == "unknown":
        return
    all_splits = shares.known()[ticker].splits
    for day in closes:
        assert factor(all_splits, day, found.day) == factor(all_splits, day, through)
