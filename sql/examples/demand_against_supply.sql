-- description: Demand of each scenario against the Nvidia fleet, in H100-equivalents on the dense
-- BF16 basis; a ratio above 1 is a demand that the fleet cannot meet. Months without a fleet
-- figure of their own are left out. One row per scenario and month.
-- grain: scenario_id, month_date
select
    scenario_id,
    month_date,
    fleet_quarter_end,
    round(demand_h100e_p05) as demand_h100e_p05,
    round(demand_h100e_p50) as demand_h100e_p50,
    round(demand_h100e_p95) as demand_h100e_p95,
    round(fleet_h100e_bf16_dense_p50) as fleet_h100e_bf16_dense_p50,
    round(demand_to_fleet_p05, 4) as demand_to_fleet_p05,
    round(demand_to_fleet_p50, 4) as demand_to_fleet_p50,
    round(demand_to_fleet_p95, 4) as demand_to_fleet_p95
from estimates.supply_gap_month
where is_fleet_current
order by scenario_id, month_date
