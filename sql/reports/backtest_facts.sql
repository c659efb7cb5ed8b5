-- description: How far predictions of published timings are off, by method, and which share of the peak Hopper reaches. One row per report, none where no timing is known.
-- grain: n_timings
with score as (
    select
        max(n_timings) filter (method = 'capbrief') as n_timings,
        max(median_error_share) filter (method = 'capbrief') as median_error,
        max(median_ratio) filter (method = 'capbrief') as median_ratio,
        max(p90_error_share) filter (method = 'capbrief') as p90_error,
        max(coverage_share) filter (method = 'capbrief') as coverage,
        max(median_error_share) filter (method like 'two operations%') as naive_error,
        max(median_ratio) filter (method like 'two operations%') as naive_ratio,
        max(median_ratio) filter (method like '5 minutes%') as published_ratio
    from estimates.backtest_score
),

timing as (
    select
        count(*) as n_known,
        count(*) filter (not is_scored) as n_apart,
        count(distinct model) as n_models,
        min(seconds) as least_seconds,
        max(seconds) as most_seconds,
        max(ratio) filter (is_scored) as most_ratio,
        min(ratio) filter (is_scored) as least_ratio
    from estimates.backtest
),

reached as (
    select
        max(geometric_mean) filter (mfu_class = 'Hopper stock') as hopper_stock,
        max(geometric_mean) filter (mfu_class = 'Hopper fused') as hopper_fused
    from estimates.mfu_class
)

select score.*, timing.*, reached.*
from score
cross join timing
cross join reached
where score.n_timings > 0
