-- description: Where 20 timings or more are scored, our predictions are off by at most a quarter at
-- the median, and the 80 % interval holds 60 to 95 % of them: beyond that the fit is broken. One row
-- per score that is not so.

with backtest_score as (
    select method, n_timings, median_error_share, coverage_share from estimates.backtest_score
)

select *
from backtest_score
where
    method = 'capbrief'
    and n_timings >= 20
    and (
        coalesce(median_error_share > 0.25, true)
        or coalesce(coverage_share not between 0.6 and 0.95, true)
    )
