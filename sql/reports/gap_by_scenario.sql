-- description: Gap between each scenario's demand in its first month and the share of the fleet that it leaves to video: ratio, years of production, price of the chips that lack, power, and the first month with enough; none where no fleet is known. One row per scenario.
-- grain: scenario_id
with power as (
    select scenario_id, p05, p95 from estimates.demand_month
    where month_index = 0 and quantity = 'power_mw'
),

enough as (
    select scenario_id, scope, first_month_date from estimates.first_sufficient_month
),

price as (select max(value_low) as usd from marts.claim where claim_id = 'h100-price')

select
    gap.scenario_id,
    gap.demand_h100e_p05 / gap.available_h100e_p50 as gap_ratio_p05,
    gap.demand_to_available_p50 as gap_ratio_p50,
    gap.demand_h100e_p95 / gap.available_h100e_p50 as gap_ratio_p95,
    gap.demand_h100e_p50 / gap.produced_h100e_year as years_p50,
    gap.years_of_production_for_video_p50 as years_for_video,
    -- What is left open stays open: greatest() passes over null.
    case when gap.available_h100e_p50 is not null
        then greatest(gap.demand_h100e_p05 - gap.available_h100e_p50, 0) * price.usd / 1e9
    end as capex_usd_bn_p05,
    case when gap.available_h100e_p50 is not null
        then greatest(gap.demand_h100e_p95 - gap.available_h100e_p50, 0) * price.usd / 1e9
    end as capex_usd_bn_p95,
    power.p05 / 1000 as power_gw_p05,
    power.p95 / 1000 as power_gw_p95,
    whole.first_month_date as whole_fleet_date,
    video.first_month_date as video_share_date
from estimates.supply_gap_month as gap
cross join price
left join power using (scenario_id)
left join enough as whole
    on whole.scenario_id = gap.scenario_id and whole.scope = 'whole fleet'
left join enough as video
    on video.scenario_id = gap.scenario_id and video.scope = 'share for video'
where gap.month_index = 0 and gap.fleet_h100e_bf16_dense_p50 is not null
order by gap.scenario_id
