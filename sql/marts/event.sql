-- description: Days that charts mark. One row per event.
-- grain: event_id
-- column title: What happened.
-- column source: Document that says so.

with event as (
    select event_id, event_date, title, source, known_at from staging.bundled__event
)

select * from event
