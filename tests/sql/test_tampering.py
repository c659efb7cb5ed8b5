"""Wrong numbers put into the built edition: each is returned by the check that is there for it."""

from __future__ import annotations

import shutil
from collections.abc import Iterator

import duckdb
import pytest

from pipeline.job import Job


@pytest.fixture(scope="module")
def copy(
    edition_job: Job, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[duckdb.DuckDBPyConnection]:
    """A copy of the published warehouse, to write into."""
    (published,) = edition_job.settings.warehouse.glob("warehouse-*.duckdb")
    path = tmp_path_factory.mktemp("tampered") / "warehouse.duckdb"
    shutil.copy(published, path)
    with duckdb.connect(str(path)) as connection:
        yield connection


def test_untouched_nothing_is_returned(
    copy: duckdb.DuckDBPyConnection, sql: dict[str, str]
) -> None:
    for name, text in sql.items():
        if name.startswith("checks."):
            assert copy.execute(text).fetchall() == [], name


@pytest.mark.parametrize(
    ("tampering", "check"),
    [
        (
            "update marts.gpu set bf16_dense_tflops = 330.3, fp8_dense_tflops = 660.6 "
            "where gpu_key = 'nvidia_rtx4090_24gb'",
            "gpu__known_false",
        ),
        (
            "update marts.gpu set bf16_dense_tflops = 624 where gpu_key = 'nvidia_a100_sxm4_80gb'",
            "gpu__known_false",
        ),
        (
            "update marts.gpu set memory_bandwidth_gb_s = 10300 where gpu_key like '%mi300x%'",
            "gpu__known_false",
        ),
        ("update marts.gpu set memory_gb = 288 where gpu_key like '%mi325x%'", "gpu__known_false"),
        ("update marts.gpu set memory_gb = 90 where gpu_key like '%_b200_%'", "gpu__known_false"),
        ("update marts.gpu set tdp_w = 300 where gpu_key like '%_l40s_%'", "gpu__known_false"),
        (
            "update marts.gpu set memory_bandwidth_gb_s = 4890 where gpu_key like '%h200_sxm%'",
            "gpu__known_false",
        ),
        (
            "update marts.gpu set bf16_dense_tflops = 1978.8 where gpu_key like '%h100_nvl%'",
            "gpu__known_false",
        ),
        (
            "update marts.gpu set fp8_dense_tflops = 4600 where gpu_key like '%mi355x%'",
            "gpu__known_false",
        ),
        (
            "update marts.gpu set fp8_dense_tflops = 4 * bf16_dense_tflops "
            "where gpu_key = 'nvidia_h800_sxm5_80gb'",
            "gpu__dense_rates",
        ),
        ("update marts.gpu_name set gpu_key = null where name = 'H20'", "gpu_name__fleets"),
        ("update marts.chip set is_8bit_disputed = true where chip = 'H20'", "chip__8bit_disputes"),
        (
            "update marts.network_fact set value_high = 0 where network_id = 'io.net'",
            "network_fact__values",
        ),
        (
            "update marts.network_capacity_day set leased_gpus = 300 where network_id = 'akash'",
            "network_capacity_day__order",
        ),
        (
            "update estimates.network_h100e_day set leased_gpus = 1060000",
            "network_h100e_day__not_of_claims",
        ),
        (
            "delete from estimates.backtest where model = 'LTX-2B'",
            "backtest__every_timing",
        ),
        ("update estimates.backtest set mfu = 2 * mfu where gpu = 'H20'", "backtest__mfu"),
        (
            "update estimates.backtest_score set median_error_share = 0.42",
            "backtest_score__fit",
        ),
        (
            "update estimates.workload_throughput set is_fitting = true "
            "where gpu_key = 'nvidia_rtx4090_24gb' and model = 'Wan2.1-14B'",
            "workload_throughput__h100e",
        ),
        ("delete from marts.token_day", "build__required_rows"),
        ("delete from marts.sector_index_day", "build__required_rows"),
        ("delete from estimates.chain_check", "build__required_rows"),
        ("delete from marts.gpu_equivalence where h100e = 1", "build__required_rows"),
        (
            "update marts.category_sum_day set member_sum_usd = member_sum_usd * 1.001 "
            "where universe_id = 'ai-17' and price_date = '2024-04-01'",
            "category_sum_day__sum_of_members",
        ),
        (
            "update marts.sector_change_day set supply_effect_usd = supply_effect_usd + 0.01 "
            "where universe_id = 'ai-17' and price_date = '2024-04-01'",
            "sector_change_day__sums",
        ),
        (
            "delete from marts.sector_index_day "
            "where universe_id = 'compute-daily' and price_date = '2024-01-15'",
            "sector_index_day__values",
        ),
        ("delete from marts.token_risk where coin_id = 'near'", "token_risk__bounds"),
        (
            "delete from marts.token_comovement "
            "where coin_id = 'near' and benchmark_id = 'NVDA' and window_days = 30",
            "token_comovement__bounds",
        ),
        (
            "update marts.sector_risk_day set drawdown_365d = 0 "
            "where universe_id = 'compute-daily' and price_date = '2024-03-26'",
            "sector_risk_day__bounds",
        ),
        (
            "update marts.sector_comovement_day set n_common_90d = 3 "
            "where universe_id = 'compute-daily' and price_date = '2024-03-26'",
            "sector_comovement_day__bounds",
        ),
        (
            "delete from marts.category_day "
            "where universe_id = 'compute-daily' and price_date = '2024-01-15'",
            "category_day__members",
        ),
        (
            "delete from marts.token_day where coin_id = 'near' and price_date = '2024-01-15'",
            "token_day__no_gaps",
        ),
        (
            "update marts.source set n_rejected = 1 where entity = 'universe_member'",
            "quarantine__share",
        ),
        ("delete from marts.shipment_quarter where chip = 'H800'", "fleet__sum_of_chips"),
        (
            "update marts.fleet_total_quarter "
            "set h100e_8bit_epoch_p05 = null where quarter_end = '2024-03-31'",
            "fleet__quantile_order",
        ),
        (
            "update marts.fleet_total_quarter "
            "set h100e_bf16_dense_p50 = h100e_bf16_dense_p95 * 2 where quarter_end = '2024-03-31'",
            "fleet__quantile_order",
        ),
        (
            "update estimates.owner_group_quarter set p95 = p95 * 1.0001 "
            "where owner_group = 'microsoft+meta+google' and rank_correlation = 1 "
            "and quarter_end = '2024-03-31'",
            "owner_group_quarter__bounds",
        ),
        (
            "update estimates.claim set verdict = 'holds' where claim_id = 'dit-gflops-are-flop'",
            "claim__verdict_follows",
        ),
        (
            "update estimates.claim set verdict_known_then = 'does not follow' "
            "where claim_id = 'gpus-at-peak'",
            "claim__verdict_follows",
        ),
        (
            "update estimates.claim_evidence set is_known_then = true "
            "where evidence_id = 'shipped-h100'",
            "claim_evidence__known_then",
        ),
        ("update estimates.demand_month set p05 = null", "demand_month__quantile_order"),
        ("update marts.claim set grade = null where kind = 'claim'", "claim__graded"),
        # A file that says it knows no more than its day, and holds later fleets.
        (
            "update marts.build set as_of = '2024-04-03'; "
            "delete from marts.fleet_quarter; delete from marts.fleet_total_quarter",
            "build__nothing_known_later",
        ),
    ],
)
def test_a_wrong_number_is_found(
    tampering: str, check: str, copy: duckdb.DuckDBPyConnection, sql: dict[str, str]
) -> None:
    copy.execute("begin")
    try:
        copy.execute(tampering)
        assert copy.execute(sql[f"checks.{check}"]).fetchall()
    finally:
        copy.execute("rollback")
