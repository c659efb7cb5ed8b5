-- description: Akash's daily series, with the values that were told last: states at the end of a
-- day, and what was spent in it (in millionths). One row per series and day.
-- grain: series, graph_date

with source_rows as (
    select * from raw.akash__graph_day
),

renamed as (
    select
        series,
        graph_date,
        value,
        payload_sha256,
        known_at
    from source_rows
),

latest as (
    select *
    from renamed
    qualify row_number() over (
        partition by series, graph_date
        order by known_at desc, payload_sha256
    ) = 1
)

select * from latest
