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
from pipeline.estimate import scenario, timed
from pipeline.estimate.evaluate import evaluate
from pipeline.estimate.paths import month_start
from pipeline.estimate.tables import READ, TABLES

PERCENTILES = ["p05", "p10", "p25", "p50", "p75", "p90", "p95"]

START = date(2024, 4, 3)
# No table that is read has a row; each has the columns that any of them is read for.
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
        **dict.fromkeys(("gpu_key", "architecture", "form_factor"), pl.String),
        **dict.fromkeys(("bf16_dense_tflops", "memory_gb", "memory_bandwidth_gb_s"), pl.Float64),
        **dict.fromkeys(("model", "gpu", "kind", "case_text", "source"), pl.String),
        **dict.fromkeys(("gpus", "tokens", "steps", "passes", "layers", "width"), pl.Int64),
        "mac_per_token_layer": pl.Int64,
        "seconds": pl.Float64,
        "is_comparable": pl.Boolean,
        **dict.fromkeys(("event_id", "universe_id", "series", "coin_id"), pl.String),
        "event_date": pl.Date,
    }
)


def run(*scenarios: scenario.Scenario) -> dict[str, pl.DataFrame]:
    return evaluate(scenarios, start=START, marts=dict.fromkeys(READ, EMPTY))


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
        *(*PERCENTILES, *(f"se_{name}" for name in PERCENTILES), "mean_ln", "draws"),
    ]
    assert shipped["estimates.chain_check"].columns == [
        *("scenario_id", "check_id", "output", "expected", "computed"),
        *("rel_tol", "passed", "source_id"),
    ]
    for name in ("estimates.training", "estimates.breakeven"):
        assert shipped[name].columns == [
            *("scenario_id", "case_id", "quantity", "unit", *PERCENTILES),
            *(*(f"se_{name}" for name in PERCENTILES), "mean_ln", "draws"),
        ]


def test_grains_are_unique(shipped: dict[str, pl.DataFrame]) -> None:
    grains = {
        "scenario": ["scenario_id"],
        "assumption": ["scenario_id", "input"],
        "demand_month": ["scenario_id", "month_index", "quantity"],
        "training": ["scenario_id", "case_id", "quantity"],
        "breakeven": ["scenario_id", "case_id", "quantity"],
        "breakeven_date": ["scenario_id"],
        "chain_check": ["scenario_id", "check_id"],
    }
    for table, grain in grains.items():
        frame = shipped[f"estimates.{table}"]
        assert not frame.select(grain).is_duplicated().any(), table


def test_without_timings_only_what_needs_none_is_there(shipped: dict[str, pl.DataFrame]) -> None:
    filled = {name for name in timed.SCHEMAS if not shipped[name].is_empty()}
    assert filled == {"estimates.workload", "estimates.training_run"}
    for name, schema in timed.SCHEMAS.items():
        assert dict(shipped[name].schema) == dict(schema)
    runs = shipped["estimates.training_run"]
    told = ["mfu", "counted_mfu", "h100_hours", "breakeven_minutes_p50"]
    assert runs.select(pl.col(told).null_count()).row(0) == (len(runs),) * len(told)


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


def test_quantiles_rise_and_errors_keep_the_tolerance(shipped: dict[str, pl.DataFrame]) -> None:
    rows = shipped["estimates.demand_month"]
    for low, high in pairwise(PERCENTILES):
        assert (rows[low] <= rows[high]).all()
    # Nothing has been computed in the first month: the ratio to training starts at 0.
    after = rows.filter(pl.col("month_index") > 0)
    assert (after["p05"] > 0).all()
    for name in ("p10", "p50", "p90"):
        assert (after[f"se_{name}"] / after[name]).max() <= 0.005  # type: ignore[operator]
    scenarios = shipped["estimates.scenario"]
    assert (scenarios["largest_se_share"] <= scenarios["tolerance"]).all()
    assert scenarios["draws"].to_list() == [
        *rows.group_by("scenario_id", maintain_order=True).agg(pl.col("draws").max())["draws"]
    ]


def test_inference_overtakes_training_where_the_ratio_passes_one(
    shipped: dict[str, pl.DataFrame],
) -> None:
    dates = shipped["estimates.breakeven_date"]
    assert set(dates["scenario_id"]) == {
        *("base", "consumer", "distilled", "high", "low", "sora"),
    }
    ratios = of(shipped["estimates.demand_month"], quantity="inference_to_training")
    for row in dates.iter_rows(named=True):
        days = [row[name] for name in PERCENTILES]
        assert days == sorted(days)
        for early, late in zip(PERCENTILES, reversed(PERCENTILES), strict=True):
            # A fast path overtakes early: the 5th percentile of the day is the 95th of the ratio.
            series = of(ratios, scenario_id=row["scenario_id"])[late]
            after = next(month for month, value in enumerate(series) if value >= 1)
            months = (row[early] - START).days / (365.2425 / 12)
            assert after - 1.05 <= months <= after


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
    refused = r"^scenario mine: .* is negative or not finite in month"
    with pytest.raises(ScenarioError, match=refused):
        run(mine)


def test_two_scenarios_of_one_name_are_refused() -> None:
    base = scenario.load("base")
    with pytest.raises(ScenarioError, match="'base' is given twice"):
        run(base, base)


def test_a_lognormal_chain_has_its_closed_form(tmp_path: Path) -> None:
    """With utilisation and the architecture known, cost is a product of lognormals."""
    known = {"utilisation": 0.5, "clip_seconds": 5, "fps": 16, "passes": 2, "overhead_seconds": 0}
    text = "months = 0\n" + "".join(
        f'[inputs.{name}]\ndist = "point"\nvalue = {value}\n' for name, value in known.items()
    )
    mine = child(tmp_path, text)
    row = of(run(mine)["estimates.demand_month"], quantity="cost_usd_per_minute").row(0, named=True)
    latent = math.ceil((80 - 1) / 4 + 1)
    tokens = latent * 45 * 80
    # Every token is multiplied with the weights, with every other and with 512 tokens of text.
    flop = 2 * 298844160 * 40 * tokens + 4 * tokens * (tokens + 512) * 5120 * 40
    pairs = [(2.0, 4.0), (1.3, 4.5), (20, 50), (1 / 0.75, 1 / 0.41)]
    seconds = flop * math.sqrt(20 * 50) * 2 / (989.4e12 * math.sqrt(0.41 * 0.75))
    median = math.sqrt(2 * 4) * math.sqrt(1.3 * 4.5) / 0.5 * seconds / 3600 / (5 / 60)
    spread = math.sqrt(sum(math.log(high / low) ** 2 for low, high in pairs)) / 2
    for quantile, z in (("p05", -1), ("p50", 0), ("p95", 1)):
        expected = median * math.exp(spread * z)
        assert row[quantile] == pytest.approx(expected, abs=4 * row[f"se_{quantile}"]), quantile
        assert row[quantile] == pytest.approx(expected, rel=0.005), quantile
