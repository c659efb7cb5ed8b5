-- description: Events beside the universes that have daily closes: the day before the event whose
-- members are studied, and the days for which its series has closes of bitcoin. compute-daily rests
-- on files alone, live universes and baskets on all sources; ai-17 has month starts only and no daily
-- study. One row per event and universe.
-- grain: event_id, universe_id
-- column event_date: UTC day of the announcement, day 0 of a study.
-- column member_date: Last of the 31 days before the event for which the universe is known; null:
-- none, so there is nobody to study.
-- column n_members: Members of the universe on that day, without bitcoin.
-- column first_close_date: First day with a close of bitcoin; null: none.
-- column last_close_date: Last day with a close of bitcoin; null: none.

with event as (
    select event_id, event_date from marts.event
),

universe as (
    select distinct universe_id, 'files' as series
    from staging.bundled__universe_member
    where universe_id = 'compute-daily'
    union all
    select universe_id, 'all' from staging.universe__universe
    union all
    select universe_id, 'all' from staging.universe__basket
),

universe_day as (
    select universe_id, price_date, coin_id from marts.universe_day
),

bitcoin as (
    select 'files' as series, price_date from marts.token_day_from_files where coin_id = 'bitcoin'
    union all
    select 'all', price_date from marts.token_day where coin_id = 'bitcoin'
),

covered as (
    select
        series,
        min(price_date) as first_close_date,
        max(price_date) as last_close_date
    from bitcoin
    group by series
),

candidate as (
    select
        event.event_id,
        universe_day.universe_id,
        universe_day.price_date,
        count(*) filter (universe_day.coin_id <> 'bitcoin') as n_members
    from event
    inner join universe_day
        on universe_day.price_date between event.event_date - 31 and event.event_date - 1
    group by event.event_id, universe_day.universe_id, universe_day.price_date
),

newest as (
    select *
    from candidate
    qualify row_number() over (
        partition by event_id, universe_id
        order by price_date desc
    ) = 1
),

event_universe as (
    select
        event.event_id,
        universe.universe_id,
        universe.series,
        event.event_date,
        newest.price_date as member_date,
        coalesce(newest.n_members, 0) as n_members,
        covered.first_close_date,
        covered.last_close_date
    from event
    cross join universe
    left join newest using (event_id, universe_id)
    left join covered using (series)
)

select * from event_universe
