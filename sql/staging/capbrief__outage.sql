-- description: Times in which a data set could not be had, as the ledger noted them, from the
-- first failure to the next success. One row per source, data set and first failure.
-- grain: source, dataset, began_at

with source_rows as (
    select * from raw.capbrief__outage
),

renamed as (
    select
        source,
        dataset,
        began_at,
        last_good_at,
        reason,
        ended_at,
        known_at
    from source_rows
),

first_noted as (
    select *
    from renamed
    qualify row_number() over (
        partition by source, dataset, began_at
        order by ended_at desc nulls first, reason
    ) = 1
)

select * from first_noted
