-- description: Days that charts mark. One row per event.
-- grain: event_id

with event as (
    select event_id, event_date, title, source, known_at from staging.bundled__event
)

select * from event
