-- description: The tokens of the daily universe on its last day, largest first, and their sum. One row per token, then one for all.
-- grain: place
-- sources: bundled, import, event
with last_day as (
    select max(price_date) as last_date
    from marts.category_day
    where universe_id = 'compute-daily' and price_date <= (select report_date from marts.build)
),

demo as (select event_date - 1 as base_date from marts.event where event_id = 'sora-demo'),

spark as (
    select coin_id, list(close_usd order by price_date) as closes
    from marts.token_day_from_files as token_day
    where price_date > (select last_date - 90 from last_day)
        and price_date <= (select last_date from last_day)
    group by coin_id
),

ranked as (
    select
        row_number() over (order by token_day.market_cap_usd desc nulls last) as place,
        token_day.*,
        spark.closes,
        token_day.close_usd / base.close_usd - 1 as change_since_demo
    from marts.token_day_from_files as token_day
    inner join marts.universe_day using (coin_id, price_date)
    cross join demo
    left join marts.token_day_from_files as base
        on base.coin_id = token_day.coin_id
        and base.price_date = demo.base_date
        and base.price_date < token_day.price_date
    left join spark on spark.coin_id = token_day.coin_id
    where universe_day.universe_id = 'compute-daily'
        and token_day.price_date = (select last_date from last_day)
)

select
    place,
    name || ' (' || symbol || ')' as token,
    close_usd,
    market_cap_usd,
    market_cap_usd / sum(market_cap_usd) over () as share,
    volume_usd / market_cap_usd as turnover,
    change_7d,
    change_30d,
    change_since_demo,
    closes,
    false as is_total
from ranked
union all
select
    count(*) + 1, 'All of them', null, sum(market_cap_usd), 1, sum(volume_usd) / sum(market_cap_usd),
    null, null, null, null, true
from ranked
order by place
