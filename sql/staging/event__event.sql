-- description: What was announced, and when: announced_at is the first moment of the day where only
-- the day is known (has_time says which). One row per event.
-- grain: event_id

with source_rows as (
    select * from raw.event__event
),

renamed as (
    select
        event_id,
        title,
        announced_at,
        has_time,
        kind,
        source,
        url,
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
