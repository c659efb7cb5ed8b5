-- description: The largest tokens of the universe compute-daily on its last day. One row per token.
-- grain: name
with last_day as (
    select max(price_date) as price_date
    from marts.category_day
    where universe_id = 'compute-daily'
        and price_date <= (select report_date from marts.build)
)

select
    token_day.name,
    token_day.market_cap_usd,
    token_day.close_usd
from marts.token_day_from_files as token_day
inner join last_day using (price_date)
inner join marts.universe_day using (coin_id, price_date)
where universe_day.universe_id = 'compute-daily'
order by token_day.market_cap_usd desc nulls last, token_day.name
limit 10
