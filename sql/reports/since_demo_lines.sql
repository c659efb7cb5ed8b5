-- description: Closes rebased to 100 on the day before the demo: a basket that holds the tokens as they were weighted that day, BTC and ETH, and each token behind them. One row per day and series.
-- grain: price_date, series
with demo as (
    select event_date, event_date - 1 as base_date, title from marts.event where event_id = 'sora-demo'
),

relative as (
    select
        token_day.price_date,
        token_day.coin_id,
        token_day.symbol,
        base.market_cap_usd as base_cap_usd,
        universe_day.coin_id is not null as is_member,
        100 * token_day.close_usd / base.close_usd as index_value
    from marts.token_day
    cross join demo
    inner join marts.token_day as base
        on base.coin_id = token_day.coin_id and base.price_date = demo.base_date
    left join marts.universe_day
        on universe_day.coin_id = token_day.coin_id
        and universe_day.price_date = demo.base_date
        and universe_day.universe_id = 'compute-daily'
    where token_day.price_date between demo.base_date - 44
        and (
            select max(price_date) from marts.category_day
            where universe_id = 'compute-daily' and price_date <= (select report_date from marts.build)
        )
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
)

select
    line.*,
    demo.event_date,
    demo.title as event_title
from line
cross join demo
order by line.price_date, line.place, line.series
