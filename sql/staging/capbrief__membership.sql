-- description: Members of a vendor's set as counted on a day, and whether they were accepted or
-- are held until a person has looked; the last decision counts. One row per source, data set and
-- day.
-- grain: source, dataset, seen_date
-- incremental: seen_date

with source_rows as (
    select * from raw.capbrief__membership
),

renamed as (
    select
        source,
        dataset,
        seen_date,
        status,
        n_before,
        n_members,
        entered_ids,
        left_ids,
        known_at
    from source_rows
),

latest as (
    select *
    from renamed
    qualify row_number() over (
        partition by source, dataset, seen_date
        order by known_at desc, status
    ) = 1
)

select * from latest
