-- description: Days that charts mark. One row per event.
-- grain: event_id

with source_rows as (
    select * from raw.bundled__event
),

renamed as (
    select
        event_id,
        event_date,
        title,
        source,
        payload_sha256,
        known_at
    from source_rows
),

latest as (
    select *
    from renamed
    qualify row_number() over (
        partition by event_id
        order by known_at desc, payload_sha256
    ) = 1
)

select * from latest
