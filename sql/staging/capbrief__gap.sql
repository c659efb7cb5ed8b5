-- description: Days of a data set that could not be had any more, as the ledger noted them; of
-- those that begin on one day the longest, without an end (null) the longest of all. One row per
-- source, data set and first day.
-- grain: source, dataset, first_date

with source_rows as (
    select * from raw.capbrief__gap
),

renamed as (
    select
        source,
        dataset,
        first_date,
        last_date,
        reason,
        known_at
    from source_rows
),

longest as (
    select *
    from renamed
    qualify row_number() over (
        partition by source, dataset, first_date
        order by last_date desc nulls first, known_at, reason
    ) = 1
)

select * from longest
