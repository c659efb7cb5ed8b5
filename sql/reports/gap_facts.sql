-- description: Whether there are enough accelerators for the base scenario in its first month, what those that lack would cost and when there are enough; H100-equivalents on the dense BF16 basis. One row per report.
-- grain: month_date
with base as (
    select
        *,
        -- What is left open stays open: greatest() passes over null.
        case when available_h100e_p50 is not null
            then greatest(demand_h100e_p05 - available_h100e_p50, 0) end as lacking_p05,
        case when available_h100e_p50 is not null
            then greatest(demand_h100e_p50 - available_h100e_p50, 0) end as lacking_p50,
        case when available_h100e_p50 is not null
            then greatest(demand_h100e_p95 - available_h100e_p50, 0) end as lacking_p95
    from estimates.supply_gap_month
    where scenario_id = 'base' and month_index = 0
),

-- The same demand against the fleet of a quarter before.
before as (
    select total.quarter_end, total.h100e_bf16_dense_p50 as fleet_p50
    from marts.fleet_total_quarter as total
    inner join base on total.quarter_end < base.fleet_quarter_end
    where total.designer = 'Nvidia'
    order by total.quarter_end desc
    limit 1
),

power as (
    select p05, p50, p95 from estimates.demand_month
    where scenario_id = 'base' and month_index = 0 and quantity = 'power_mw'
),

enough as (
    select
        max(first_month_date) filter (scope = 'whole fleet') as whole_fleet_date,
        max(first_month_date) filter (scope = 'share for video') as video_share_date,
        max(last_tested_date) filter (scope = 'share for video' and first_month_date is null)
            as not_until_date
    from estimates.first_sufficient_month
    where scenario_id = 'base'
),

price as (
    select value_low as usd, claim_date from marts.claim where claim_id = 'h100-price'
)

select
    base.month_date,
    base.fleet_quarter_end,
    base.fleet_share_for_video_p50 as video_share,
    base.available_h100e_p50 as available,
    -- The demand's interval over the median of what there is.
    base.demand_h100e_p05 / base.available_h100e_p50 as gap_ratio_p05,
    base.demand_to_available_p50 as gap_ratio_p50,
    base.demand_h100e_p95 / base.available_h100e_p50 as gap_ratio_p95,
    base.demand_h100e_p50 / (before.fleet_p50 * base.fleet_share_for_video_p50)
        as gap_ratio_quarter_before,
    before.quarter_end as quarter_before,
    base.lacking_p05,
    base.lacking_p50,
    base.lacking_p95,
    base.produced_h100e_year as made_in_year,
    base.demand_h100e_p05 / base.produced_h100e_year as years_p05,
    base.demand_h100e_p50 / base.produced_h100e_year as years_p50,
    base.demand_h100e_p95 / base.produced_h100e_year as years_p95,
    base.years_of_production_for_video_p50 as years_for_video,
    price.usd as usd_per_h100,
    price.claim_date as price_date,
    base.lacking_p05 * price.usd / 1e9 as capex_usd_bn_p05,
    base.lacking_p50 * price.usd / 1e9 as capex_usd_bn_p50,
    base.lacking_p95 * price.usd / 1e9 as capex_usd_bn_p95,
    power.p05 as power_mw_p05,
    power.p50 as power_mw_p50,
    power.p95 as power_mw_p95,
    enough.whole_fleet_date,
    enough.video_share_date,
    enough.not_until_date
from base
left join before on true
left join power on true
left join price on true
cross join enough
