-- description: Names of accelerators as the sources write them, and the accelerator that each one
-- means. One row per source, name, memory and interface.
-- grain: name_id
-- column name_id: Source, name, memory and form, parted by bars; - for what is not given.
-- column source: Source that writes the name.
-- column name: Name as the source writes it.
-- column memory_gb: Memory that the source gives with the name; null: it gives none.
-- column interface: Form that the source gives with the name, as it writes it; null: it gives none.
-- column n_rows: Rows of the source with this name, memory and interface.

with akash_model as (
    select gpu_model, memory_gib, interface from staging.akash__gpu_model
),

akash_price as (
    select gpu_model, memory_gib, interface from staging.akash__gpu_price
),

akash_breakdown as (
    select gpu_model from staging.akash__gpu_breakdown
),

ionet as (
    select hardware_name, memory_gb from staging.ionet__gpu_market
),

nosana as (
    select name from staging.nosana__market
),

fact as (
    select nullif(regexp_extract(metric, ' of model (.+)$', 1), '') as name
    from staging.bundled__network_fact
),

written as (
    select
        'akash' as source,
        gpu_model as name,
        memory_gib * 1.073741824 as memory_gb,
        interface
    from akash_model
    union all
    select 'akash', gpu_model, memory_gib * 1.073741824, interface from akash_price
    union all
    select 'akash', gpu_model, null, null from akash_breakdown
    union all
    select 'ionet', hardware_name, memory_gb, null from ionet
    union all
    select 'nosana', name, null, null from nosana
    union all
    -- Not the names of fleets, which stand for the most sold form of a chip.
    select 'network_fact', name, null, null from fact
),

named as (
    select source, name, memory_gb, interface, count(*) as n_rows
    from written
    where name is not null
    group by source, name, memory_gb, interface
),

alias as (
    select *
    from (
        values
            ('a100', 'sxm', 40.0, 'nvidia_a100_sxm4_40gb'),
            ('a100', 'sxm', 80.0, 'nvidia_a100_sxm4_80gb'),
            ('h100', 'sxm', 80.0, 'nvidia_h100_sxm5_80gb'),
            ('h100', 'pcie', 80.0, 'nvidia_h100_pcie_80gb'),
            ('h200', 'sxm', 141.0, 'nvidia_h200_sxm_141gb'),
            ('rtx4090', 'pcie', 24.0, 'nvidia_rtx4090_24gb')
    ) as known (model, form, gb, gpu_key)
),

gpu_name as (
    select
        concat_ws(
            '|',
            named.source,
            named.name,
            coalesce(cast(named.memory_gb as varchar), '-'),
            coalesce(named.interface, '-')
        ) as name_id,
        named.source,
        named.name,
        named.memory_gb,
        named.interface,
        alias.gpu_key,
        named.n_rows
    from named
    left join alias
        on
            lower(named.name) = alias.model
            and starts_with(lower(named.interface), alias.form)
            and named.memory_gb between 0.93 * alias.gb and 1.08 * alias.gb
)

select * from gpu_name
