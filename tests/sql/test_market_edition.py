"""The index of the bundled edition beside the sum that it must not be taken for."""

from __future__ import annotations

import csv
from datetime import date
from itertools import pairwise
from pathlib import Path

import pytest

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
