"""What moved a universe, through the command line: the edition's figures, a basket, bad days."""

from __future__ import annotations

import csv
import json
from typing import TYPE_CHECKING

import pytest

from pipeline.resources import EDITIONS

if TYPE_CHECKING:
    from tests.conftest import Command, Overlay  # noqa: TID251 - for its types only

BASKET = """
[[basket]]
id = "rented-out"
title = "Networks that rent GPUs out"
weight_limit = 0.5

[[basket.member]]
coin_id = "render-token"
note = "Render"

[[basket.member]]
coin_id = "theta-token"
note = "Theta"
"""


def closes(coin_id: str) -> dict[str, tuple[float, float]]:
    """Closes and market caps of a token by day, from the file of the edition."""
    with (EDITIONS / "sora_2024" / "token_daily.csv").open(encoding="utf-8") as file:
        return {
            row["date"]: (float(row["close_usd"]), float(row["market_cap_usd"]))
            for row in csv.DictReader(file)
            if row["coin_id"] == coin_id
        }


def test_parts_sum_to_the_change_to_the_cent(run: Command) -> None:
    days = ("--from", "2023-09-01", "--to", "2024-03-26")
    moved = json.loads(run("universe", "change", "compute-daily", *days, "--json").out)
    [change], [growth] = moved["change"], moved["growth"]
    parts = ("price_effect_usd", "supply_effect_usd", "entries_usd", "unsplit_usd")
    cents = {name: round(100 * change[name]) for name in (*parts, "exits_usd", "change_usd")}
    assert sum(cents[part] for part in parts) - cents["exits_usd"] == cents["change_usd"]
    assert change["n_steps"] == len(closes("render-token")) - 1
    # As tests/sql/test_market_edition.py has both from the file.
    assert growth["sum_of_caps"] == pytest.approx(5.49, abs=0.005)
    assert growth["cap_weighted"] == pytest.approx(4.28, abs=0.005)
    # Nobody knows what bittensor gained, as its first market cap is of November.
    by_token = {row["coin_id"]: row for row in moved["tokens"]}
    unknown = by_token.pop("bittensor")
    assert unknown["change_usd"] is None
    added = sum(row["change_usd"] for row in by_token.values()) + unknown["last_market_cap_usd"]
    assert added == pytest.approx(change["change_usd"], abs=1)


def test_of_the_last_30_days_without_dates(run: Command) -> None:
    [growth] = json.loads(run("universe", "change", "compute-daily", "--json").out)["growth"]
    assert (growth["first_date"], growth["last_date"]) == ("2024-02-25", "2024-03-26")
    shown = run("universe", "change", "ai-17").out
    assert "2024-03-01" in shown
    assert "price_effect_usd" in shown


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("change",), "universe change: give the name of a universe"),
        (("change", "ai-71"), "no universe of that name has an index; there is ai-17, compute-d"),
        (
            ("change", "compute-daily", "--from", "2022-01-01"),
            "has no figure on 2022-01-01; the nearest are of 2023-09-01 and 2023-09-02",
        ),
        (
            ("change", "ai-17", "--to", "2024-03-15"),
            "has no figure on 2024-03-15; the nearest are of 2024-03-01 and 2024-04-01",
        ),
        (
            ("change", "compute-daily", "--from", "2024-03-26", "--to", "2024-03-20"),
            "2024-03-26 is not before 2024-03-20",
        ),
        (("accept", "--as-of", "2024-04-03"), "--as-of is for what is shown"),
        (("show", "--from", "2024-03-01"), "--from and --to are for 'universe change'"),
    ],
)
def test_bad_days_and_names_are_said(arguments: tuple[str, ...], said: str, run: Command) -> None:
    ended = run("universe", *arguments)
    assert ended.code == 2
    assert said in ended.message


def test_a_basket_of_ones_own_over_the_edition(fresh: Command, overlay: Overlay) -> None:
    own = overlay("universes/mine.toml", BASKET)
    assert fresh("fetch", "universe", "--overlay", own).code == 0
    assert fresh("build", "--overlay", own).code == 0
    shown = json.loads(fresh("universe", "show", "--json", "--overlay", own).out)
    [listed] = [one for one in shown["baskets"] if one["universe_id"] == "rented-out"]
    assert (listed["n_named"], listed["n_counted"]) == (2, 2)
    days = ("--from", "2024-02-14", "--to", "2024-02-15")
    ended = fresh("universe", "change", "rented-out", *days, "--json", "--overlay", own)
    [growth] = json.loads(ended.out)["growth"]
    before, after = (
        [closes(coin)[day] for coin in ("render-token", "theta-token")]
        for day in ("2024-02-14", "2024-02-15")
    )
    growths = [now[0] / then[0] for then, now in zip(before, after, strict=True)]
    caps = [cap for _, cap in before]
    wanted = sum(cap * grown for cap, grown in zip(caps, growths, strict=True)) / sum(caps)
    assert growth["cap_weighted"] == pytest.approx(wanted - 1, rel=1e-9)
    # Of two tokens held at a half each.
    assert growth["limited_cap_weighted"] == pytest.approx(sum(growths) / 2 - 1, rel=1e-9)
    assert growth["equal_weighted"] == pytest.approx(sum(growths) / 2 - 1, rel=1e-9)
    # And what the demo did to it.
    asked = ("sora-demo", "--universe", "rented-out", "--window=0,0", "--json")
    ended = fresh("events", "run", *asked, "--overlay", own)
    [study] = json.loads(ended.out)["event_study"]
    assert (study["status"], study["n_tokens"]) == ("computed", 2)
