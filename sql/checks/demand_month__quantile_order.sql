-- description: Quantiles of every estimate are there, finite and in order. One row per estimate
-- whose are not.

with demand_month as (
    select scenario_id, month_index, quantity, p05, p10, p25, p50, p75, p90, p95
    from estimates.demand_month
)

select *
from demand_month
where
    coalesce(p05 > p10, true)
    or coalesce(p10 > p25, true)
    or coalesce(p25 > p50, true)
    or coalesce(p50 > p75, true)
    or coalesce(p75 > p90, true)
    or coalesce(p90 > p95, true)
    or not isfinite(p05)
    or not isfinite(p95)
