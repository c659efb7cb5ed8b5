-- description: Cards on decentralised networks up to the report's date, and what was said to be needed. One row per network and day.
-- grain: group_title, label_date
select
    upper(network_id[1]) || network_id[2:] as group_title,
    null::varchar as label,
    fact_date as label_date,
    kind as mark,
    value_low as low,
    value_high as high,
    kind = 'verified' as is_verified
from marts.network_fact
where fact_date <= (select report_date from marts.build)
    and unit in ('GPUs', 'nodes', 'containers', 'H200-equivalents')
    and value_low > 0
    -- Parts of a count that has a dot itself.
    and gpu_name is null
union all
select 'Said to be needed', null, date '2024-04-03', 'claimed', value_low, value_high, false
from marts.claim
where claim_id = 'gpus-at-peak'
order by group_title, label_date
