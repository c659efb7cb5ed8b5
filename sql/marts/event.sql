-- description: What was announced, and on which UTC day; charts mark these days, and studies ask
-- whether they mattered. One row per event.
-- grain: event_id
-- column event_date: UTC day of the announcement, day 0 of a study.
-- column announced_at: When it was announced; null: only the day is known.
-- column title: What happened.
-- column kind: What it is: product, model, earnings, merger, regulation, conference, market, other.
-- column source: Document that says so.
-- column url: Address of the document.
-- column known_at: When it was announced, whenever it was written down; the day's first moment
-- where only the day is known.

with event as (
    select
        event_id,
        cast(announced_at as date) as event_date,
        case when has_time then announced_at end as announced_at,
        title,
        kind,
        source,
        url,
        known_at
    from staging.event__event
)

select * from event
