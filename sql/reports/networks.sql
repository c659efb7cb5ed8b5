-- description: Capacity of decentralised networks up to the report's date, claimed and verified apart, with H100-equivalents under a stated assumption. One row per network, day and metric.
-- grain: network, fact_date, metric
with equivalent as (
    select
        network_id,
        fact_date,
        metric,
        max(h100e_low) filter (basis = 'bf16_dense') as bf16_low,
        max(h100e_high) filter (basis = 'bf16_dense') as bf16_high,
        max(h100e_low) filter (basis = 'Wan2.2-5B 720p') as video_low,
        max(h100e_high) filter (basis = 'Wan2.2-5B 720p') as video_high,
        any_value(assumption) as assumption
    from estimates.network_fact_h100e_day
    group by network_id, fact_date, metric
)

select
    upper(capacity.network_id[1]) || capacity.network_id[2:] as network,
    capacity.fact_date,
    capacity.metric,
    capacity.kind,
    capacity.value_low,
    capacity.value_high,
    case when capacity.unit = '1' then 'pct' else 'count' end as value_format,
    equivalent.bf16_low,
    equivalent.bf16_high,
    equivalent.video_low,
    equivalent.video_high,
    coalesce(capacity.kind_note, '') as kind_note,
    coalesce(equivalent.assumption, '') as assumption,
    capacity.source
from marts.network_fact as capacity
left join equivalent using (network_id, fact_date, metric)
-- Models are parts of a count that stands here itself; marts.network_gpu_day has them.
where capacity.fact_date <= (select report_date from marts.build) and capacity.gpu_name is null
order by capacity.network_id desc, capacity.fact_date, capacity.metric
