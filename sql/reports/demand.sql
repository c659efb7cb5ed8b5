-- description: The base scenario's demand in its first month against what was installed and made. One row per report.
-- grain: month_date
with value as (
    select quantity, month_date, p05, p50, p95, se_p50
    from estimates.demand_month
    where scenario_id = 'base' and month_index = 0
),

peak as (select * from value where quantity = 'h100e_peak_bf16_dense'),

throughput as (select * from value where quantity = 'minutes_per_gpu_hour'),

high as (
    select * from estimates.demand_month
    where scenario_id = 'high' and month_index = 0 and quantity = 'h100e_peak_bf16_dense'
),

published as (
    select p50 from estimates.demand_month
    where scenario_id = 'factorial-2024' and quantity = 'gpus_peak'
),

gap as (select * from estimates.supply_gap_month where scenario_id = 'base' and month_index = 0)

select
    peak.month_date,
    peak.p05 as peak_p05,
    peak.p50 as peak_p50,
    peak.p95 as peak_p95,
    peak.p95 / peak.p05 as peak_spread,
    peak.se_p50 / peak.p50 as peak_se_share,
    throughput.p05 as throughput_p05,
    throughput.p50 as throughput_p50,
    throughput.p95 as throughput_p95,
    high.p05 as high_p05,
    high.p50 as high_p50,
    high.p95 as high_p95,
    published.p50 as published_peak,
    published.p50 / peak.p50 as published_over_base,
    gap.fleet_quarter_end,
    gap.fleet_h100e_bf16_dense_p05 as fleet_p05,
    gap.fleet_h100e_bf16_dense_p50 as fleet_p50,
    gap.fleet_h100e_bf16_dense_p95 as fleet_p95,
    gap.demand_to_fleet_p50,
    gap.demand_to_fleet_p95,
    gap.fleet_share_for_video_p50,
    gap.available_h100e_p50,
    gap.demand_to_available_p50,
    published.p50 / gap.fleet_h100e_bf16_dense_p50 as published_to_fleet,
    draws.draws,
    last_month.month_date as last_month_date,
    last_month.p50 as last_peak_p50
from peak
left join throughput on true
left join high on true
left join published on true
left join gap on true
left join (
    select month_date, p50 from estimates.demand_month
    where scenario_id = 'base' and quantity = 'h100e_peak_bf16_dense'
    order by month_date desc
    limit 1
) as last_month on true
left join (select draws from estimates.scenario where scenario_id = 'base') as draws on true
