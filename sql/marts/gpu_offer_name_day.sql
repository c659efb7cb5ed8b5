-- description: Names of accelerators in the catalogues of offers on a day, as the catalogues write
-- them: what marts.gpu_name reads of the many offers. One row per day, source and name with its
-- memory and form.
-- grain: offer_date, source, name_id
-- incremental: offer_date
-- column source: Source of the catalogues: dstack or skypilot.
-- column name_id: Name, memory and form, parted by bars; - for what is not given.
-- column name: Name as the source writes it; of slices of TPUs without their size.
-- column memory_gb: Memory of one accelerator that the source gives; 1,024 MiB are counted as 1 GB,
-- as vendors do; null: it gives none.
-- column interface: Form that the name of the instance tells, or its family has; null: neither.
-- column n_rows: Offers with the name, the memory and the form.

with dstack as (
    select offer_date, gpu_name, gpu_memory_gb, interface from staging.dstack__offer
),

skypilot as (
    select offer_date, gpu_name, gpu_memory_gb, interface from staging.skypilot__offer
),

offer as (
    select 'dstack' as source, * from dstack
    union all
    select 'skypilot', * from skypilot
),

gpu_offer_name_day as (
    select
        offer_date,
        source,
        concat_ws(
            '|',
            gpu_name,
            coalesce(cast(gpu_memory_gb as varchar), '-'),
            coalesce(interface, '-')
        ) as name_id,
        gpu_name as name,
        gpu_memory_gb as memory_gb,
        interface,
        count(*) as n_rows
    from offer
    group by all
)

select * from gpu_offer_name_day
