-- description: When a document was found to be as before last, as the ledger noted it. One row per
-- source and data set.
-- grain: source, dataset

with source_rows as (
    select * from raw.capbrief__confirmation
),

latest as (
    select
        source,
        dataset,
        max(known_at) as confirmed_at,
        max(known_at) as known_at
    from source_rows
    group by source, dataset
)

select * from latest
