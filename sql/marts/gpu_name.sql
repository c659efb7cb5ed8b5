-- description: Names of accelerators as sources write them, and the accelerator each one is; an
-- unknown name stays unknown. One row per source, name, memory and interface.
-- grain: source, name
-- column source: Source that writes the name so.
-- column name: Name, as the source writes it.
-- column memory_gb: Memory, as the source gives it beside the name; null: it does not.
-- column interface: Interface, as the source gives it beside the name; null: it does not.
-- column n_rows: Rows that have the name.

with cluster as (
    select chip, second_chip, known_at from staging.epoch__cluster
),

data_center_chip as (
    select chip, known_at from staging.epoch__data_center_chip
),

chip_sale as (
    select chip, known_at from staging.epoch__chip_sale where chip <> 'all'
),

chip_holding as (
    select chip, known_at from staging.epoch__chip_holding where chip <> 'all'
),

written as (
    select chip as name, known_at from cluster where chip is not null
    union all
    select second_chip, known_at from cluster where second_chip is not null
    union all
    select chip, known_at from data_center_chip
    union all
    select chip, known_at from chip_sale
    union all
    select chip, known_at from chip_holding
),

alias as (
    select *
    from (
        values
            ('NVIDIA H100 SXM5 80GB', 'nvidia_h100_sxm5_80gb'),
            ('NVIDIA H200 SXM', 'nvidia_h200_sxm_141gb'),
            ('NVIDIA GB200', 'nvidia_gb200_per_gpu'),
            ('NVIDIA A100 SXM4 80 GB', 'nvidia_a100_sxm4_80gb')
    ) as known (name, gpu_key)
),

gpu_name as (
    select
        'epoch' as source,
        written.name,
        cast(null as double) as memory_gb,
        cast(null as varchar) as interface,
        any_value(alias.gpu_key) as gpu_key,
        count(*) as n_rows,
        max(written.known_at) as known_at
    from written
    left join alias using (name)
    group by written.name
)

select * from gpu_name
