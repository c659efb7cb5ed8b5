-- description: What each scenario gives for its first month. One row per scenario.
-- grain: scenario_id
with value as (
    select * from estimates.demand_month where month_index = 0
)

select
    scenario.scenario_id,
    scenario.title,
    any_value(value.month_date) as month_date,
    max(value.p05) filter (quantity = 'minutes_per_gpu_hour') as throughput_p05,
    max(value.p50) filter (quantity = 'minutes_per_gpu_hour') as throughput_p50,
    max(value.p95) filter (quantity = 'minutes_per_gpu_hour') as throughput_p95,
    max(value.p50) filter (quantity = 'ai_minutes_per_day') as minutes_p50,
    max(value.p05) filter (quantity = 'ai_minutes_per_day') as minutes_p05,
    max(value.p95) filter (quantity = 'ai_minutes_per_day') as minutes_p95,
    max(value.p05) filter (quantity = 'h100e_peak_bf16_dense') as peak_p05,
    max(value.p50) filter (quantity = 'h100e_peak_bf16_dense') as peak_p50,
    max(value.p95) filter (quantity = 'h100e_peak_bf16_dense') as peak_p95,
    max(value.p05) filter (quantity = 'power_mw') as power_p05,
    max(value.p50) filter (quantity = 'power_mw') as power_p50,
    max(value.p95) filter (quantity = 'power_mw') as power_p95,
    max(value.p50) filter (quantity = 'cost_usd_per_minute') as cost_p50,
    max(gap.demand_to_fleet_p50) as demand_to_fleet_p50,
    max(gap.demand_to_available_p50) as demand_to_available_p50
from estimates.scenario
left join value using (scenario_id)
left join estimates.supply_gap_month as gap
    on gap.scenario_id = scenario.scenario_id and gap.month_index = 0
group by scenario.scenario_id, scenario.title
order by scenario.scenario_id
