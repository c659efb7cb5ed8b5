-- description: Cards on decentralised networks up to the report's date, and what was said to be needed. One row per network and day.
-- grain: group_title, label
with dot as (
    select
        1 as place,
        upper(network_id[1]) || network_id[2:] as group_title,
        fact_date as label,
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
    select 2, 'Said to be needed', claim_date, 'claimed', value_low, value_high, false
    from marts.claim
    where claim_id = 'gpus-at-peak'
)

select group_title, label, mark, low, high, is_verified
from dot
order by place, group_title, label
