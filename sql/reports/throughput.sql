-- description: Minutes of video that one H100 or H200 makes in an hour: published, scenario, measured on open models. One row per case.
-- grain: group_title, label
with measured as (
    select
        is_distilled,
        resolution,
        case when model like 'Wan%14B' then '14B' when model like 'Open-Sora2%' then '11B' else '1–5B' end
            as size,
        min(minutes_per_gpu_hour) as low,
        median(minutes_per_gpu_hour) as middle,
        max(minutes_per_gpu_hour) as high,
        count(*) as n
    from marts.video_timing
    where gpus = 1
        and gpu in ('H100', 'H200')
        and is_comparable
        and minutes_per_gpu_hour is not null
        and resolution in ('720p', '768px', '480p')
    group by 1, 2, 3
)

select 'Published, upper bound' as label, 'Factorial Funds' as group_title, p50 as p05, p50, p50 as p95, true as is_demand, 1 as place
from estimates.demand_month
where scenario_id = 'factorial-2024' and quantity = 'minutes_per_gpu_hour'
union all
select 'The same, multiply-add as two', 'Factorial Funds', p50, p50, p50, true, 2
from estimates.demand_month
where scenario_id = 'factorial-2024' and quantity = 'minutes_per_gpu_hour_mac_counted'
union all
select 'Base, first month', 'Scenario', p05, p50, p95, true, 3
from estimates.demand_month
where scenario_id = 'base' and quantity = 'minutes_per_gpu_hour' and month_index = 0
union all
select
    size || ', ' || resolution,
    case
        when is_distilled then 'Measured on open models, distilled to 3 steps'
        else 'Measured on open models, all 40 to 50 steps'
    end,
    low,
    middle,
    high,
    false,
    10 + row_number() over (order by is_distilled, middle)
from measured
order by place
