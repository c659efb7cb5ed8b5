-- description: Closes and market caps that studies of events are made from: of their tokens and
-- of bitcoin, from 486 days before the first event of a token to 395 days after its last one (a year
-- of other days to compare with, and the days that each of them needs). One row per series, token
-- and day.
-- grain: series, coin_id, price_date
-- incremental: price_date

with event as (
    select event_date from marts.event
),

event_member as (
    select series, coin_id, event_date from marts.event_member
),

token_day as (
    select coin_id, price_date, close_usd, market_cap_usd, known_at from marts.token_day
),

token_day_from_files as (
    select coin_id, price_date, close_usd, market_cap_usd, known_at
    from marts.token_day_from_files
),

needed as (
    select series, coin_id, event_date from event_member
    union all
    select series.series, 'bitcoin' as coin_id, event.event_date
    from event
    cross join (values ('files'), ('all')) as series (series)
),

span as (
    select
        series,
        coin_id,
        min(event_date) - 486 as first_date,
        max(event_date) + 395 as last_date
    from needed
    group by series, coin_id
),

close_day as (
    select 'files' as series, * from token_day_from_files
    union all
    select 'all' as series, * from token_day
),

event_close_day as (
    select
        close_day.series,
        close_day.coin_id,
        close_day.price_date,
        close_day.close_usd,
        close_day.market_cap_usd,
        close_day.known_at
    from close_day
    inner join span
        on span.series = close_day.series
        and span.coin_id = close_day.coin_id
        and close_day.price_date between span.first_date and span.last_date
)

select * from event_close_day
