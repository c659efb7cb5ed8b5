-- description: Closes rebased to 100 on the day before the demo: a basket that holds the tokens as they were weighted that day, BTC and ETH, and each token behind them; null on days that the series do not have. One row per day and series.
-- grain: price_date, series
-- sources: bundled, import, event
with demo as (
    select event_date, event_date - 1 as base_date, title from marts.event where event_id = 'sora-demo'
),

-- On these days every token of the basket has a close.
day as (
    select price_date from marts.category_day
    where universe_id = 'compute-daily' and price_date <= (select report_date from marts.build)
        and price_date >= (select base_date - 44 from demo)
),

missing_day as (
    select unnest(generate_series(min(price_date), max(price_date), interval 1 day))::date
        as price_date
    from day
    except
    select price_date from day
),

relative as (
    select
        token_day.price_date,
        token_day.coin_id,
        token_day.symbol,
        base.market_cap_usd as base_cap_usd,
        universe_day.coin_id is not null as is_member,
        100 * token_day.close_usd / base.close_usd as index_value
    from marts.token_day_from_files as token_day
    cross join demo
    inner join marts.token_day_from_files as base
        on base.coin_id = token_day.coin_id and base.price_date = demo.base_date
    left join marts.universe_day
        on universe_day.coin_id = token_day.coin_id
        and universe_day.price_date = demo.base_date
        and universe_day.universe_id = 'compute-daily'
    where token_day.price_date in (select price_date from day)
),

line as (
    select
        price_date,
        'Basket' as series,
        1 as place,
        sum(base_cap_usd * index_value) / sum(base_cap_usd) as index_value,
        false as is_background
    from relative
    where is_member
    group by price_date
    union all
    select price_date, symbol, case coin_id when 'bitcoin' then 2 else 3 end, index_value, false
    from relative
    where coin_id in ('bitcoin', 'ethereum')
    union all
    select price_date, symbol, 4, index_value, true
    from relative
    where is_member
),

-- Without rows of their own, missing days would be drawn over.
drawn as (
    select * from line
    union all
    select missing_day.price_date, line.series, line.place, null, line.is_background
    from missing_day
    cross join (select distinct series, place, is_background from line) as line
)

select
    drawn.*,
    demo.event_date,
    demo.title as event_title
from drawn
cross join demo
order by drawn.price_date, drawn.place, drawn.series
