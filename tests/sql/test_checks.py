"""Every check lets sound rows pass and returns each row that is not."""

from __future__ import annotations

from collections.abc import Callable, Mapping

import pytest

from pipeline.resources import SQL

Fill = Callable[[Mapping[str, str]], None]
Rows = Callable[..., list[tuple[object, ...]]]

QUANTILES = "units_p05 | units_p50 | units_p95"
H100E = "h100e_8bit_epoch_p05 | h100e_8bit_epoch_p50 | h100e_8bit_epoch_p95"

# By check: tables of which every row is sound, and tables of which every row is returned.
CASES: dict[str, tuple[dict[str, str], dict[str, str], int]] = {
    "build__one_row": (
        {"marts.build": "report_date\n2024-04-03"},
        {"marts.build": "report_date\n2024-04-04"},
        1,
    ),
    "build__nothing_known_later": (
        {
            "marts.build": "report_date | as_of\n2024-04-03 | 2024-04-03",
            "marts.gpu": "gpu_key | known_at\na | 2024-04-03",
        },
        {
            "marts.gpu": "gpu_key | known_at\nb | 2024-04-04",
            "estimates.claim_evidence": "claim_id | known_at\nc | 2026-01-01",
        },
        2,
    ),
    "token_day__positive": (
        {
            "marts.token_day": """
                coin_id | price_date | close_usd | market_cap_usd | volume_usd
                near    | 2024-01-01 | 1         | 1              | 0
                near    | 2024-01-02 | 1         |                |
            """
        },
        {
            "marts.token_day": """
                coin_id | price_date | close_usd | market_cap_usd | volume_usd
                near    | 2024-01-03 | 0         | 1              | 1
                near    | 2024-01-04 | 1         | 0              | 1
                near    | 2024-01-05 | 1         | 1              | -1
                near    | 2024-01-06 | nan       | 1              | 1
                near    | 2024-01-07 |           | 1              | 1
            """
        },
        5,
    ),
    "token_day__no_gaps": (
        {"marts.token_day": "coin_id | price_date\nnear | 2024-02-28\nnear | 2024-02-29"},
        {"marts.token_day": "coin_id | price_date\ntao | 2024-02-28\ntao | 2024-03-01"},
        1,
    ),
    "token_day__known_after_close": (
        {"marts.token_day": "coin_id | price_date | known_at\na | 2024-01-01 | 2024-01-02"},
        {"marts.token_day": "coin_id | price_date | known_at\nb | 2024-01-01 | 2024-01-01"},
        1,
    ),
    "token_month__price_times_supply": (
        {
            "marts.token_month": """
                coin_id | price_usd | circulating_supply | market_cap_usd
                a       | 2         | 100                | 204
                b       | 2         |                    | 204
            """
        },
        {
            "marts.token_month": """
                coin_id | price_usd | circulating_supply | market_cap_usd
                c       | 2         | 100                | 300
                d       | 0         | 100                |
            """
        },
        2,
    ),
    "category_day__members": (
        {
            "marts.category_day": """
                universe_id   | price_date | n_members | n_priced
                ai-17         | 2024-01-01 | 17        | 13
                ai-17         | 2024-04-01 | 17        | 17
                compute-daily | 2023-09-01 | 9         | 8
            """
        },
        {
            "marts.category_day": """
                universe_id   | price_date | n_members | n_priced
                ai-17         | 2024-02-01 | 16        | 13
                ai-17         | 2024-04-01 | 17        | 16
                compute-daily | 2023-09-02 | 9         | 10
                other         | 2024-04-01 | 1         | 1
            """
        },
        4,
    ),
    "category_day__null_sum": (
        {
            "marts.category_day": """
                universe_id | member_sum_usd | n_priced
                a           | 1.5            | 1
                b           |                | 0
            """
        },
        {
            "marts.category_day": """
                universe_id | member_sum_usd | n_priced
                c           | 0              | 0
                d           |                | 1
            """
        },
        2,
    ),
    "gpu__h100_spec": (
        {
            "marts.gpu": "gpu_key | bf16_dense_tflops\nnvidia_h100_sxm5_80gb | 989.4",
            "marts.gpu_equivalence": "gpu_key | h100e\nnvidia_h100_sxm5_80gb | 1",
        },
        {
            "marts.gpu": "gpu_key | bf16_dense_tflops\nnvidia_h100_sxm5_80gb | 1979",
            "marts.gpu_equivalence": "gpu_key | h100e\nnvidia_h100_sxm5_80gb | 0.5",
        },
        2,
    ),
    "gpu__dense_rates": (
        {
            "marts.gpu": """
                gpu_key | bf16_dense_tflops | fp8_dense_tflops | memory_gb
                a       | 989.4             | 1978.9           | 80
                b       | 312               |                  | 80
            """
        },
        {
            "marts.gpu": """
                gpu_key | bf16_dense_tflops | fp8_dense_tflops | memory_gb
                sparse  | 989.4             | 3958             | 80
                empty   | 989.4             | 1978.9           | 0
            """
        },
        2,
    ),
    "fleet__quantile_order": (
        {
            "marts.fleet_quarter": f"owner | {QUANTILES} | {H100E}\na | 1 | 2 | 3 | 1 | 2 | 3",
            "marts.shipment_quarter": f"chip | {QUANTILES} | {H100E}\na | 0 | 0 | 0 | 0 | 0 | 0",
        },
        {
            "marts.fleet_quarter": f"owner | {QUANTILES} | {H100E}\nb | 2 | 1 | 3 | 1 | 2 | 3",
            "marts.fleet_chip_quarter": f"""
                owner | chip | {QUANTILES} | {H100E}
                b     | A100 | 1 | 2 | 3   | 1 | 4 | 3
            """,
            "marts.fleet_total_quarter": f"{QUANTILES} | {H100E}\n1 | 2 | 3 | -1 | 2 | 3",
            "marts.shipment_quarter": f"chip | {QUANTILES} | {H100E}\nb | 1 | 4 | 3 | 1 | 2 | 3",
        },
        4,
    ),
    "fleet_quarter__owners": (
        {"marts.fleet_quarter": "owner | quarter_end\nMeta | 2024-03-31"},
        {"marts.fleet_quarter": "owner | quarter_end\nCoreWeave | 2024-03-31"},
        1,
    ),
    "fleet_total_quarter__sum_of_quarters": (
        {
            "marts.fleet_total_quarter": """
                quarter_end | units_p50
                2024-03-31  | 100
                2024-06-30  | 201
            """,
            "marts.shipment_quarter": """
                quarter_end | units_p50
                2024-03-31  | 100
                2024-06-30  | 100
            """,
        },
        {"marts.fleet_total_quarter": "quarter_end | units_p50\n2024-09-30 | 190"},
        1,
    ),
    "fleet_quarter__within_total": (
        {
            "marts.fleet_quarter": "owner | quarter_end | units_p50\na | 2024-03-31 | 60",
            "marts.fleet_total_quarter": "quarter_end | units_p50\n2024-03-31 | 100",
        },
        {"marts.fleet_quarter": "owner | quarter_end | units_p50\nb | 2024-03-31 | 60"},
        1,
    ),
    "shipment_quarter__dates": (
        {"marts.shipment_quarter": "quarter_start | quarter_end\n2024-01-01 | 2024-03-31"},
        {
            "marts.shipment_quarter": """
                quarter_start | quarter_end
                2024-02-01    | 2024-04-30
                2024-01-01    | 2024-03-30
            """
        },
        2,
    ),
    "network_capacity_day__values": (
        {
            "marts.network_capacity_day": """
                network_id | value_low | value_high | unit | kind
                akash      | 150       | 200        | GPUs | investor note
                akash      | 0.5       | 0.7        | 1    | press
            """
        },
        {
            "marts.network_capacity_day": """
                network_id | value_low | value_high | unit | kind
                a          | 200       | 150        | GPUs | press
                b          | 50        | 70         | 1    | press
                c          | 1         | 1          | GPUs | rumoured
            """
        },
        3,
    ),
    "equity_day__positive": (
        {"marts.equity_day": "ticker | close_usd\nAMD | 1.86"},
        {"marts.equity_day": "ticker | close_usd\nAMD | 0\nNVDA | inf\nNVDA |"},
        3,
    ),
    "video_timing__plausible": (
        {"marts.video_timing": "seconds | gpus | steps | minutes_per_gpu_hour\n10 | 1 | 50 |"},
        {
            "marts.video_timing": """
                seconds | gpus | steps | minutes_per_gpu_hour
                0       | 1    | 50    |
                1       | 1    | 50    | 3000
            """
        },
        2,
    ),
    "claim__graded": (
        {
            "marts.claim": """
                kind     | grade   | value_low | value_high | claim_date | tested_until
                claim    | primary | 1         | 2          | 2024-04-03 | 2024-04-03
                estimate | guess   |           |            | 2024-04-03 |
            """
        },
        {
            "marts.claim": """
                kind     | grade    | value_low | value_high | claim_date | tested_until
                claim    | recalled | 1         | 2          | 2024-04-03 | 2024-04-03
                claim    | primary  | 2         | 1          | 2024-04-03 | 2024-04-03
                claim    | primary  | 1         | 2          | 2024-04-03 | 2024-04-02
                claim    | primary  | 1         | 2          | 2024-04-03 |
                opinion  | primary  | 1         | 2          | 2024-04-03 | 2024-04-03
            """
        },
        5,
    ),
    "claim__verdict": (
        {
            "estimates.claim": """
                claim_id | verdict           | verdict_known_then       | n_used
                a        | holds             | holds under these inputs | 1
                b        | does not follow   | fails                    | 1
                c        | cannot be checked | cannot be checked        | 0
            """
        },
        {
            "estimates.claim": """
                claim_id | verdict           | verdict_known_then | n_used
                d        | true              | holds              | 1
                e        | holds             |                    | 1
                f        | holds             | holds              | 0
                g        | cannot be checked | cannot be checked  | 2
            """
        },
        4,
    ),
    "claim_evidence__complete": (
        {
            "estimates.claim_evidence": """
                basis       | description | value | value_p05 | value_p95 | unit   | valid_date | known_at   | sources
                observation | d           | 1     |           |           | H100   | 2024-01-01 | 2024-01-01 | s
                assumption  | d           |       |           |           | months | 2024-01-01 | 2024-01-01 | s
            """  # noqa: E501
        },
        {
            "estimates.claim_evidence": """
                basis       | description | value | value_p05 | value_p95 | unit | valid_date | known_at   | sources
                hearsay     | d           | 1     |           |           | H100 | 2024-01-01 | 2024-01-01 | s
                observation | d           |       |           |           | H100 | 2024-01-01 | 2024-01-01 | s
                observation | d           |       | 2         | 1         | H100 | 2024-01-01 | 2024-01-01 | s
                observation | d           | 1     |           |           | H100 |            | 2024-01-01 | s
                observation | d           | 1     |           |           | H100 | 2024-01-01 | 2024-01-01 |
            """  # noqa: E501
        },
        5,
    ),
    "chain_check__passed": (
        {"estimates.chain_check": "scenario_id | passed\na | true"},
        {"estimates.chain_check": "scenario_id | passed\na | false\na |"},
        2,
    ),
    "demand_month__quantile_order": (
        {
            "estimates.demand_month": """
                quantity | p05 | p10 | p25 | p50 | p75 | p90 | p95
                a        | 1   | 1   | 1   | 1   | 1   | 1   | 1
            """
        },
        {
            "estimates.demand_month": """
                quantity | p05 | p10 | p25 | p50 | p75 | p90 | p95
                b        | 1   | 2   | 3   | 2   | 5   | 6   | 7
                c        | 1   | 2   | 3   | 4   | 5   | 6   | inf
                d        | 1   | 2   | 3   |     | 5   | 6   | 7
            """
        },
        3,
    ),
    "owner_group_quarter__bounds": (
        {
            "marts.fleet_quarter": """
                quarter_end | h100e_8bit_epoch_p50
                2024-03-31  | 10
                2024-03-31  | 20
                2024-06-30  | 40
            """,
            "estimates.owner_group_quarter": """
                owner_group    | quarter_end | rank_correlation | p05 | p50 | p95
                all six owners | 2024-03-31  | 1                | 20  | 30  | 45
                all six owners | 2024-03-31  | 0                | 23  | 31  | 41
            """,
        },
        {
            "estimates.owner_group_quarter": """
                owner_group    | quarter_end | rank_correlation | p05 | p50 | p95
                all six owners | 2024-06-30  | 1                | 20  | 30  | 45
                all six owners | 2024-06-30  | 0                | 23  | 31  | 41
                some           | 2024-06-30  | 1                | 20  | 30  | 40
                some           | 2024-06-30  | 0                | 23  | 31  | 41
            """
        },
        2,
    ),
    "supply_gap_month__ratio": (
        {
            "estimates.supply_gap_month": """
                month_date | fleet_quarter_end | demand_to_fleet_p05 | demand_to_fleet_p50 | demand_to_fleet_p95
                2024-04-01 | 2024-03-31        | 0.1                 | 0.2                 | 0.3
                2029-01-01 |                   |                     |                     |
            """  # noqa: E501
        },
        {
            "estimates.supply_gap_month": """
                month_date | fleet_quarter_end | demand_to_fleet_p05 | demand_to_fleet_p50 | demand_to_fleet_p95
                2024-04-01 | 2024-06-30        | 0.1                 | 0.2                 | 0.3
                2024-08-01 | 2024-03-31        | 0.1                 | 0.2                 | 0.3
                2024-04-01 | 2024-03-31        | 0.1                 | 0.4                 | 0.3
            """  # noqa: E501
        },
        3,
    ),
    "quarantine__share": (
        {"marts.source": "dataset | n_rows | n_rejected\na | 99 | 1\nb | 0 | 0"},
        {"marts.source": "dataset | n_rows | n_rejected\nc | 98 | 2\nd | 0 | 1"},
        2,
    ),
    "source__cited": (
        {"marts.source": "dataset | producer | citation | licence\na | p | c | MIT"},
        {"marts.source": "dataset | producer | citation | licence\nb | p | c |\nc | p | | MIT"},
        2,
    ),
}


def test_every_check_has_a_case() -> None:
    assert sorted(CASES) == sorted(path.stem for path in SQL.glob("checks/*.sql"))


@pytest.mark.parametrize("name", CASES)
def test_check(name: str, fill: Fill, rows_of: Rows) -> None:
    sound, broken, count = CASES[name]
    fill(sound)
    assert rows_of(f"checks.{name}") == []
    fill(broken)
    assert len(rows_of(f"checks.{name}")) == count
