-- description: How far each way to predict the published timings is off, capbrief's first. One row per method.
-- grain: method
select
    case method
        when 'capbrief' then 'Attention counted, MFU by class of GPU (capbrief)'
        else upper(method[1]) || method[2:]
    end as method,
    n_timings,
    median_error_share,
    p90_error_share,
    median_ratio,
    coverage_share
from estimates.backtest_score
-- The other methods from the better one to the worse.
order by estimates.backtest_score.method <> 'capbrief', median_error_share
