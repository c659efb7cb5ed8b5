-- description: Demand of each scenario in its first month over what its share of the fleet leaves to video, over the whole Nvidia fleet and over a year's production; H100-equivalents on the dense BF16 basis. One row per supply and scenario.
-- grain: group_title, label
with gap as (
    select
        *,
        list_position(['low', 'base', 'high'], scenario_id) as place
    from estimates.supply_gap_month
    where month_index = 0 and scenario_id in ('low', 'base', 'high')
),

ratio as (
    select
        1 as supply_place, 'Over the share of the fleet left to video' as group_title,
        place, scenario_id, demand_h100e_p05, demand_h100e_p50, demand_h100e_p95,
        available_h100e_p50 as supply_h100e
    from gap
    union all
    select
        2, 'Over a year’s production', place, scenario_id,
        demand_h100e_p05, demand_h100e_p50, demand_h100e_p95, produced_h100e_year
    from gap
    union all
    select
        3, 'Over the whole fleet', place, scenario_id,
        demand_h100e_p05, demand_h100e_p50, demand_h100e_p95, fleet_h100e_bf16_dense_p50
    from gap
)

select
    scenario_id as label,
    demand_h100e_p05 / supply_h100e as p05,
    demand_h100e_p50 / supply_h100e as p50,
    demand_h100e_p95 / supply_h100e as p95,
    supply_place = 1 as is_demand,
    group_title
from ratio
where demand_h100e_p50 > 0 and supply_h100e > 0
order by supply_place, place
