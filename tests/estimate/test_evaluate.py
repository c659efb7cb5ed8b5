"""The tables of all scenarios: contents, checks, equal bytes, and what must not move."""

import math
from datetime import date
from itertools import pairwise
from pathlib import Path

import polars as pl
import pytest
from polars.testing import assert_frame_equal

from pipeline import resources
from pipeline.errors import QualityError, ScenarioError
from pipeline.estimate import scenario
from pipeline.estimate.evaluate import SUPPLY, TABLES, evaluate, month_start

START = date(2024, 4, 3)
# No supply table has a row; each has the columns that any of them is read for.
EMPTY = pl.DataFrame(
    schema={
        **dict.fromkeys(("owner", "designer", "chip"), pl.String),
        "quarter_end": pl.Date,
        "is_incomplete": pl.Boolean,
        **{
            f"{measure}_{percentile}": pl.Float64
            for measure in ("units", "h100e_8bit_epoch", "h100e_bf16_dense")
            for percentile in ("p05", "p50", "p95")
        },
    }
)


def run(*scenarios: scenario.Scenario) -> dict[str, pl.DataFrame]:
    return evaluate(scenarios, start=START, marts=dict.fromkeys(SUPPLY, EMPTY))


@pytest.fixture(scope="module")
def shipped() -> dict[str, pl.DataFrame]:
    return run(*(scenario.load(name) for name in scenario.names()))


def child(folder: Path, text: str, name: str = "mine") -> scenario.Scenario:
    head = f'extends = "base.toml"\n[scenario]\nid = "{name}"\ntitle = "Mine"\n'
    (folder / f"{name}.toml").write_text(head + text)
    return scenario.load(name, (folder, resources.SCENARIOS))


def of(frame: pl.DataFrame, **equal: object) -> pl.DataFrame:
    return frame.filter(*(pl.col(name) == value for name, value in equal.items()))


def test_tables_and_columns(shipped: dict[str, pl.DataFrame]) -> None:
    assert shipped.keys() == TABLES.keys()
    assert shipped["estimates.demand_month"].columns == [
        *("scenario_id", "month_index", "month_date", "quantity", "unit"),
        *("p05", "p10", "p25", "p50", "p75", "p90", "p95", "se_p50"),
    ]
    assert shipped["estimates.chain_check"].columns == [
        *("scenario_id", "check_id", "output", "expected", "computed"),
        *("rel_tol", "passed", "source_id"),
    ]
    for name in ("estimates.training", "estimates.breakeven"):
        assert shipped[name].columns == [
            *("scenario_id", "case_id", "quantity", "unit", "p05", "p50", "p95"),
        ]


def test_grains_are_unique(shipped: dict[str, pl.DataFrame]) -> None:
    grains = {
        "scenario": ["scenario_id"],
        "assumption": ["scenario_id", "input"],
        "demand_month": ["scenario_id", "month_index", "quantity"],
        "training": ["scenario_id", "case_id", "quantity"],
        "breakeven": ["scenario_id", "case_id", "quantity"],
        "chain_check": ["scenario_id", "check_id"],
    }
    for table, grain in grains.items():
        frame = shipped[f"estimates.{table}"]
        assert not frame.select(grain).is_duplicated().any(), table


def test_every_check_of_the_published_chain_passes(shipped: dict[str, pl.DataFrame]) -> None:
    checks = shipped["estimates.chain_check"]
    assert checks["passed"].all()
    published = of(checks, source_id="factorial")
    assert published.select("output", "expected").rows() == [
        ("h100_months_low", 4200.0),
        ("h100_months_high", 10500.0),
        ("minutes_per_gpu_hour_unrounded", 5.0),
        ("breakeven_minutes_low", 15.3e6),
        ("breakeven_minutes_high", 38.1e6),
    ]
    assert published["rel_tol"].max() == 0.01


def test_points_are_one_month_with_equal_quantiles(shipped: dict[str, pl.DataFrame]) -> None:
    points = of(shipped["estimates.demand_month"], scenario_id="factorial-2024")
    assert set(points["month_index"]) == {0}
    # The news item of 2024-04-03, not the report, held the figure against supply.
    assert set(points["month_date"]) == {date(2024, 4, 1)}
    assert (points["p05"] == points["p95"]).all()
    assert (points["se_p50"] == 0).all()
    peak = of(points, quantity="gpus_peak")["p50"].item()
    assert peak == pytest.approx(713333, rel=1e-6)


def test_months_count_from_the_month_of_the_reports_date(shipped: dict[str, pl.DataFrame]) -> None:
    base = of(shipped["estimates.demand_month"], scenario_id="base", quantity="gpus_peak")
    assert base["month_index"].to_list() == list(range(61))
    assert base["month_date"][0] == date(2024, 4, 1)
    assert base["month_date"][9] == date(2025, 1, 1)
    assert base["month_date"][60] == date(2029, 4, 1)
    assert month_start(date(2024, 1, 31), 1) == date(2024, 2, 1)


def test_base_throughput_starts_as_measured(shipped: dict[str, pl.DataFrame]) -> None:
    row = of(
        shipped["estimates.demand_month"],
        scenario_id="base",
        quantity="minutes_per_gpu_hour",
        month_index=0,
    ).row(0, named=True)
    assert row["p50"] == pytest.approx(math.sqrt(0.16 * 7), abs=4 * row["se_p50"])
    assert row["p05"] == pytest.approx(0.16, rel=0.05)
    assert row["p95"] == pytest.approx(7, rel=0.05)


def test_quantiles_rise_and_errors_are_small(shipped: dict[str, pl.DataFrame]) -> None:
    rows = shipped["estimates.demand_month"]
    names = ["p05", "p10", "p25", "p50", "p75", "p90", "p95"]
    for low, high in pairwise(names):
        assert (rows[low] <= rows[high]).all()
    assert (rows["p05"] > 0).all()
    assert (rows["se_p50"] / rows["p50"]).max() < 0.03  # type: ignore[operator]


def test_assumptions_carry_distribution_unit_and_source(shipped: dict[str, pl.DataFrame]) -> None:
    rows = shipped["estimates.assumption"]
    row = of(rows, scenario_id="base", input="upload_growth").row(0, named=True)
    assert (row["p05"], row["p50"], row["p95"]) == (0.0, 0.1, 0.2)
    assert (row["dist"], row["params"]) == ("normal", "p05 0, p95 0.2")
    assert (row["grade"], row["source_title"]) == ("guess", "Analyst's judgement")
    assert row["source_url"] is None
    assert rows["source_title"].null_count() == rows["unit"].null_count() == 0


def test_equal_arguments_give_equal_bytes(shipped: dict[str, pl.DataFrame]) -> None:
    again = run(*(scenario.load(name) for name in scenario.names()))
    for name, frame in shipped.items():
        assert again[name].serialize() == frame.serialize(), name


def test_what_a_scenario_leaves_alone_moves_by_exactly_nothing(
    shipped: dict[str, pl.DataFrame],
) -> None:
    """low changes a share and the gains of later months: today's cost and speed stay."""
    rows = shipped["estimates.demand_month"]
    for quantity in ("minutes_per_gpu_hour", "cost_usd_per_minute"):
        base = of(rows, scenario_id="base", quantity=quantity, month_index=0)
        low = of(rows, scenario_id="low", quantity=quantity, month_index=0)
        assert_frame_equal(base.drop("scenario_id"), low.drop("scenario_id"), check_exact=True)
    minutes = [
        of(rows, scenario_id=name, quantity="ai_minutes_per_day", month_index=0)["p50"].item()
        for name in ("low", "base", "high")
    ]
    assert minutes == sorted(minutes)


def test_order_of_scenarios_changes_no_value() -> None:
    both = run(scenario.load("factorial-2024"), scenario.load("low"))
    swapped = run(scenario.load("low"), scenario.load("factorial-2024"))
    for name in TABLES:
        order = both[name].columns
        assert_frame_equal(both[name].sort(order), swapped[name].sort(order), check_exact=True)


def test_a_missed_check_stops_the_stage(tmp_path: Path) -> None:
    text = (resources.SCENARIOS / "factorial-2024.toml").read_text()
    (tmp_path / "factorial-2024.toml").write_text(text.replace("value = 0.15", "value = 0.2"))
    with pytest.raises(QualityError) as error:
        run(scenario.load("factorial-2024", (tmp_path,)))
    assert error.value.exit_code == 7
    assert str(error.value).split("\n")[0] == (
        "scenario factorial-2024: check ai_minutes_per_day.hackernews: ai_minutes_per_day "
        "should be 10700000 within 1e-09 relative, is 11433333.33"
    )


def test_inputs_that_lead_nowhere_are_refused_by_name(tmp_path: Path) -> None:
    mine = child(tmp_path, "[inputs.upload_growth]\np05 = -3\n")
    with pytest.raises(ScenarioError, match=r"^scenario mine: ai_minutes_per_day is not finite"):
        run(mine)


def test_two_scenarios_of_one_name_are_refused() -> None:
    base = scenario.load("base")
    with pytest.raises(ScenarioError, match="'base' is given twice"):
        run(base, base)


def test_a_lognormal_chain_has_its_closed_form(tmp_path: Path) -> None:
    """With utilisation known, cost is a product of lognormals: its ln is normal."""
    mine = child(tmp_path, 'months = 0\n[inputs.utilisation]\ndist = "point"\nvalue = 0.5\n')
    row = of(run(mine)["estimates.demand_month"], quantity="cost_usd_per_minute").row(0, named=True)
    pairs = [(2.0, 4.0), (1.3, 4.5), (0.16, 7.0)]  # price, candidates, minutes per GPU-hour
    median = math.sqrt(2 * 4) * math.sqrt(1.3 * 4.5) / math.sqrt(0.16 * 7) / 0.5
    spread = math.sqrt(sum(math.log(high / low) ** 2 for low, high in pairs)) / 2
    assert row["p50"] == pytest.approx(median, abs=4 * row["se_p50"])
    assert math.log(row["p95"] / row["p05"]) == pytest.approx(2 * spread, rel=0.03)
