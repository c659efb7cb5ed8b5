-- description: What Epoch AI changed in its table of hardware from one state that was had to the
-- next: chips that came, went, or whose figures moved. One row per state, chip and figure.
-- grain: known_at, name, field
-- column name: Chip, as the source writes it.
-- column field: Figure that moved; chip where the whole row came or went.
-- column change: came, went or moved.
-- column old_value: Figure before; null: there was none.
-- column new_value: Figure after; null: there is none any more.
-- column known_at: When the new state became known.

with snapshot as (
    select
        payload_sha256,
        name,
        release_price_usd,
        tensor_16bit_tflops,
        fp8_tflops,
        fp4_tflops,
        int8_tops,
        memory_gb,
        memory_bandwidth_gb_s,
        tdp_w,
        known_at
    from staging.epoch__hardware_snapshot
),

state as (
    select payload_sha256, min(known_at) as known_at
    from snapshot
    group by payload_sha256
),

step as (
    select
        payload_sha256,
        known_at,
        lag(payload_sha256) over (order by known_at, payload_sha256) as before_sha256
    from state
),

cell as (
    select
        payload_sha256,
        name,
        unnest([
            {'field': 'chip', 'value': cast(1 as double)},
            {'field': 'release_price_usd', 'value': release_price_usd},
            {'field': 'tensor_16bit_tflops', 'value': tensor_16bit_tflops},
            {'field': 'fp8_tflops', 'value': fp8_tflops},
            {'field': 'fp4_tflops', 'value': fp4_tflops},
            {'field': 'int8_tops', 'value': int8_tops},
            {'field': 'memory_gb', 'value': memory_gb},
            {'field': 'memory_bandwidth_gb_s', 'value': memory_bandwidth_gb_s},
            {'field': 'tdp_w', 'value': tdp_w}
        ]) as figure
    from snapshot
),

stated as (
    select payload_sha256, name, figure.field as field, figure.value as value
    from cell
    where figure.value is not null
),

-- The cells of a state beside those of the one before it.
compared as (
    select step.known_at, stated.name, stated.field, stated.value as new_value, null as old_value
    from step
    inner join stated using (payload_sha256)
    where step.before_sha256 is not null
    union all
    select step.known_at, stated.name, stated.field, null, stated.value
    from step
    inner join stated on stated.payload_sha256 = step.before_sha256
),

joined as (
    select
        known_at,
        name,
        field,
        max(old_value) as old_value,
        max(new_value) as new_value
    from compared
    group by known_at, name, field
),

revision as (
    select
        name,
        field,
        case
            when old_value is null then 'came'
            when new_value is null then 'went'
            else 'moved'
        end as change,
        case when field != 'chip' then old_value end as old_value,
        case when field != 'chip' then new_value end as new_value,
        case when field != 'chip' then new_value / old_value end as ratio,
        known_at,
        max(field = 'chip' and (old_value is null or new_value is null)) over (
            partition by known_at, name
        ) as is_whole_row
    from joined
    where old_value is distinct from new_value
),

-- Where a whole row came or went, that says it.
gpu_revision as (
    select name, field, change, old_value, new_value, ratio, known_at
    from revision
    where field = 'chip' or not is_whole_row
)

select * from gpu_revision
