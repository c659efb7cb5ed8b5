"""The index of the bundled edition beside the sum that it must not be taken for."""

from __future__ import annotations

import csv
from datetime import date, timedelta
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest
from scipy import stats

from pipeline.warehouse import Warehouse


def test_the_index_leaves_out_what_the_sum_gained_by_supply(
    edition: Warehouse, edition_folder: Path
) -> None:
    # The sum of nine tokens rose 6.5-fold, with the cap of bittensor, known from November on,
    # and with new coins. Recomputed from the file: shares bought anew each day.
    closes: dict[tuple[str, str], float] = {}
    caps: dict[str, dict[str, float]] = {}
    with (edition_folder / "token_daily.csv").open(encoding="utf-8") as file:
        for row in csv.DictReader(file):
            closes[row["coin_id"], row["date"]] = float(row["close_usd"])
            if row["market_cap_usd"]:
                day = caps.setdefault(row["date"], {})
                day[row["coin_id"]] = float(row["market_cap_usd"])
    level, days = 100.0, sorted(caps)
    for before, today in pairwise(days):
        supply = {coin: cap / closes[coin, before] for coin, cap in caps[before].items()}
        level *= sum(supply[coin] * closes[coin, today] for coin in supply) / sum(
            caps[before].values()
        )
    found = edition.query(
        "select price_date, index_cap_weighted, n_members, n_used from marts.sector_index_day "
        "where universe_id = 'compute-daily' order by price_date"
    )
    assert [str(day) for day in found["price_date"]] == days
    assert found["index_cap_weighted"][-1] == pytest.approx(level, rel=1e-9)
    assert level == pytest.approx(528, abs=0.5)
    naive = sum(caps[days[-1]].values()) / sum(caps[days[0]].values())
    assert naive == pytest.approx(6.49, abs=0.005)
    # Bittensor is held out until the day after its first market cap.
    assert found["n_members"][1:].unique().to_list() == [9]
    used = dict(zip(found["price_date"], found["n_used"], strict=True))
    assert (used[date(2023, 11, 21)], used[date(2023, 11, 22)]) == (8, 9)


def test_what_cannot_be_split_is_the_first_cap_of_bittensor(edition: Warehouse) -> None:
    rows = edition.query(
        "select price_date, unsplit_usd::double / 1e9 as bn from marts.sector_change_day "
        "where universe_id = 'compute-daily' and unsplit_usd <> 0"
    )
    assert rows.rows() == [(date(2023, 11, 21), pytest.approx(1.182, abs=5e-4))]


def test_render_is_tied_to_bitcoin_as_the_closes_of_the_file_say(
    edition: Warehouse, edition_folder: Path
) -> None:
    closes: dict[str, list[float]] = {"render-token": [], "bitcoin": []}
    last = date(2024, 3, 26)
    with (edition_folder / "token_daily.csv").open(encoding="utf-8") as file:
        # 91 closes in a row make 90 returns.
        for row in sorted(csv.DictReader(file), key=lambda row: row["date"]):
            day = date.fromisoformat(row["date"])
            if row["coin_id"] in closes and last - timedelta(days=90) <= day <= last:
                closes[row["coin_id"]].append(float(row["close_usd"]))
    render, bitcoin = (np.diff(np.log(each)) for each in closes.values())
    line = stats.linregress(bitcoin, render)
    tied = edition.query(
        "select n_common, beta, correlation, spearman_correlation from marts.token_comovement "
        "where coin_id = 'render-token' and benchmark_id = 'bitcoin' and window_days = 90"
    )
    rank = stats.spearmanr(bitcoin, render).statistic
    assert tied.row(0) == pytest.approx((90, line.slope, line.rvalue, rank), rel=1e-9)
    risk = edition.query(
        "select volatility_30d, volatility_90d from marts.token_risk where coin_id = 'render-token'"
    )
    volatility = [float(np.std(render[-days:], ddof=1) * np.sqrt(365)) for days in (30, 90)]
    assert risk.row(0) == pytest.approx(volatility, rel=1e-9)
    # 252 days, or the population's deviation, would give 106 or 127 instead of 128.
    assert volatility[1] == pytest.approx(1.28, abs=0.005)


def test_single_closes_of_nvidia_are_no_daily_series(edition: Warehouse) -> None:
    found = edition.query(
        "select distinct n_common, least_returns, beta, correlation, spearman_correlation "
        "from marts.token_comovement "
        "where benchmark_id = 'NVDA' and window_days = 90 and price_date = '2024-03-26'"
    )
    # The eve of the demo, the day and the day after it.
    assert found.rows() == [(2, 42, None, None, None)]
