-- description: Accelerator that each name in the catalogues of offers means. It has no counts, so
-- that a day more changes it only where a name is new. One row per source and name with its memory
-- and form.
-- grain: source, name_id
-- column source: Source of the catalogues: dstack or skypilot.
-- column name_id: Name, memory and form, parted by bars; - for what is not given.
-- column name: Name as the source writes it.
-- column memory_gb: Memory of one accelerator that the source gives; null: it gives none.
-- column interface: Form that the name of the instance tells, or its family has; null: neither.

with gpu_name as (
    select source, name, memory_gb, interface, gpu_key
    from marts.gpu_name
    where source in ('dstack', 'skypilot')
),

gpu_offer_key as (
    select
        source,
        concat_ws(
            '|', name, coalesce(cast(memory_gb as varchar), '-'), coalesce(interface, '-')
        ) as name_id,
        name,
        memory_gb,
        interface,
        gpu_key
    from gpu_name
)

select * from gpu_offer_key
