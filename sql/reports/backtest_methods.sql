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
order by case when estimates.backtest_score.method = 'capbrief' then 1 when median_ratio > 0.1 then 2 else 3 end, 1
