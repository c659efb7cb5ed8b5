-- description: Which table is made from which. One row per model and table that it reads.
-- grain: model, reads

with source_rows as (
    select * from raw.capbrief__lineage
),

renamed as (
    select
        model,
        reads
    from source_rows
)

select * from renamed
