-- description: Quantiles of every estimate are finite and in order. One row per estimate that is
-- not.

with demand_month as (
    select scenario_id, month_index, quantity, p05, p10, p25, p50, p75, p90, p95
    from estimates.demand_month
)

select *
from demand_month
where
    p05 > p10
    or p10 > p25
    or p25 > p50
    or p50 > p75
    or p75 > p90
    or p90 > p95
    or not isfinite(p05)
    or not isfinite(p95)
    or p50 is null
