"""Checks of timings and what is predicted from them: sound rows pass, each other is returned."""

from __future__ import annotations

from collections.abc import Callable

import pytest

Tables = dict[str, str]
Judge = Callable[[str, Tables, Tables, int], None]

# By check: tables of which every row is sound, tables with rows that are not, and how many it
# returns.
CASES: dict[str, tuple[Tables, Tables, int]] = {
    "backtest__every_timing": (
        {
            "marts.video_timing": """
                model | gpu  | gpus | case_text | source
                a     | H100 | 1    | FA3       | S
                a     | H100 | 8    | FA3       | S
                a     | ?    | 1    | FA3       | S
            """,
            "estimates.backtest": """
                model | gpu  | gpus | case_text | source | predicted_seconds | p10 | p90 | reason
                a     | H100 | 1    | FA3       | S      | 10                | 8   | 12  |
                a     | H100 | 8    | FA3       | S      | 2                 | 2   | 2   |
                a     | ?    | 1    | FA3       | S      |                   |     |     | no rate
            """,
        },
        {
            "marts.video_timing": """
                model | gpu  | gpus | case_text | source
                b     | H100 | 1    | absent    | S
                b     | H100 | 8    | FA3       | S
                b     | H100 | 1    | below     | S
                b     | H100 | 1    | above     | S
                b     | H100 | 1    | zero      | S
                b     | H100 | 1    | open      | S
                b     | H100 | 1    | silent    | S
            """,
            "estimates.backtest": """
                model | gpu  | gpus | case_text | source | predicted_seconds | p10 | p90 | reason
                b     | H100 | 8    | FA3       | T      | 10                | 8   | 12  |
                b     | H100 | 1    | below     | S      | 7                 | 8   | 12  |
                b     | H100 | 1    | above     | S      | 13                | 8   | 12  |
                b     | H100 | 1    | zero      | S      | 10                | 0   | 12  |
                b     | H100 | 1    | open      | S      | 10                | 8   |     |
                b     | H100 | 1    | silent    | S      |                   |     |     |
            """,
        },
        7,
    ),
    "backtest__mfu": (
        {
            "estimates.backtest": """
                model | gpu_key | is_comparable | mfu
                a     | h100    | true          | 0.36
                a     | h100    | true          | 1
                a     | h100    | false         | 1.52
                a     |         | true          |
            """
        },
        {
            "estimates.backtest": """
                model | gpu_key | is_comparable | mfu
                b     | h100    | true          | 1.01
                b     | h100    | true          | 0
                b     | h100    | true          |
                b     | h100    | true          | nan
            """
        },
        4,
    ),
    "backtest_score__fit": (
        {
            "estimates.backtest_score": """
                method                     | n_timings | median_error_share | coverage_share
                capbrief                   | 28        | 0.12               | 0.82
                capbrief                   | 20        | 0.25               | 0.6
                capbrief                   | 19        | 0.9                | 0.1
                5 minutes of video an hour | 24        | 0.96               |
            """
        },
        {
            "estimates.backtest_score": """
                method   | n_timings | median_error_share | coverage_share
                capbrief | 20        | 0.26               | 0.8
                capbrief | 20        | 0.1                | 0.59
                capbrief | 20        | 0.1                | 0.96
                capbrief | 20        | 0.1                |
                capbrief | 20        |                    | 0.8
            """
        },
        5,
    ),
    "workload_throughput__h100e": (
        {
            "estimates.workload_throughput": """
                gpu_key               | model | is_fitting | h100e_p05 | h100e_p50 | h100e_p95
                nvidia_h100_sxm5_80gb | a     | true       | 1         | 1         | 1
                nvidia_h100_sxm5_80gb | b     | false      |           |           |
                nvidia_rtx4090_24gb   | a     | true       | 0.2       | 0.3       | 0.4
                nvidia_rtx4090_24gb   | b     | false      | 0         | 0         | 0
                nvidia_b200           | a     | true       | 1.2       | 2         | 3
            """
        },
        {
            "estimates.workload_throughput": """
                gpu_key               | model | is_fitting | h100e_p05 | h100e_p50 | h100e_p95
                nvidia_h100_sxm5_80gb | c     | true       | 0.9       | 1         | 1.1
                order                 | c     | true       | 0.3       | 0.2       | 0.4
                upper                 | c     | true       | 0.2       | 0.3       | 0.25
                negative              | c     | true       | -1        | 0.2       | 0.4
                open                  | c     | true       |           | 0.2       | 0.4
                infinite              | c     | true       | 0.1       | 0.2       | inf
                fits                  | c     | true       | 0         | 0         | 0
                does not fit          | c     | false      | 0         | 0         | 0.1
                unsaid                | c     |            | 0.1       | 0.2       | 0.3
            """
        },
        9,
    ),
}


@pytest.mark.parametrize("name", CASES)
def test_check(name: str, judge: Judge) -> None:
    judge(name, *CASES[name])
