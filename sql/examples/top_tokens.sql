-- description: The 20 largest tokens by market cap on the newest day with closes, with their
-- share of the sum of all tokens here; benchmarks are not counted. One row per token.
-- grain: coin_id
with newest as (
    select max(price_date) as price_date
    from marts.token_day
    where market_cap_usd is not null
)

select
    token_day.coin_id,
    token.symbol,
    token.name,
    token_day.price_date,
    token_day.close_usd,
    round(token_day.market_cap_usd / 1e6, 1) as market_cap_usd_mn,
    round(100 * token_day.market_cap_usd / sum(token_day.market_cap_usd) over (), 2) as share_pct
from marts.token_day
join newest using (price_date)
join marts.token using (coin_id)
where not token.is_benchmark and token_day.market_cap_usd is not null
order by token_day.market_cap_usd desc, token_day.coin_id
limit 20
