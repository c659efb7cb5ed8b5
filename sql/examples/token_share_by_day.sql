-- description: Share of each member in the market cap of its universe, day by day, on days on which
-- the daily cap of every member is known. One row per universe, day and token.
-- grain: universe_id, price_date, coin_id
select
    universe_day.universe_id,
    universe_day.price_date,
    universe_day.coin_id,
    round(token_day.market_cap_usd / 1e6, 1) as market_cap_usd_mn,
    round(100 * token_day.market_cap_usd / sum(token_day.market_cap_usd) over whole, 2) as share_pct
from marts.universe_day
left join marts.token_day using (coin_id, price_date)
window whole as (partition by universe_day.universe_id, universe_day.price_date)
qualify count(token_day.market_cap_usd) over whole = count(*) over whole
order by universe_day.universe_id, universe_day.price_date, universe_day.coin_id
