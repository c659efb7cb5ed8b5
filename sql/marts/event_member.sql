-- description: Tokens that a study of an event is made with: the members of the universe on the last day
-- before it for which the universe is known, as it was counted then. One row per event, universe and
-- token.
-- grain: event_id, universe_id, coin_id

with event_universe as (
    select event_id, universe_id, series, event_date, member_date from marts.event_universe
),

universe_day as (
    select universe_id, price_date, coin_id from marts.universe_day
),

event_member as (
    select
        event_universe.event_id,
        event_universe.universe_id,
        universe_day.coin_id,
        event_universe.series,
        event_universe.event_date
    from event_universe
    inner join universe_day
        on universe_day.universe_id = event_universe.universe_id
        and universe_day.price_date = event_universe.member_date
    where universe_day.coin_id <> 'bitcoin'
)

select * from event_member
