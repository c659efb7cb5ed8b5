-- description: Share of each member in the market cap of its universe, day by day, where the cap
-- of every member is known. One row per universe, day and token.
-- grain: universe_id, price_date, coin_id
select
    universe_day.universe_id,
    universe_day.price_date,
    universe_day.coin_id,
    round(token_day.market_cap_usd / 1e6, 1) as market_cap_usd_mn,
    round(100 * token_day.market_cap_usd / category_day.member_sum_usd::double, 2) as share_pct
from marts.universe_day
join marts.category_day using (universe_id, price_date)
join marts.token_day using (coin_id, price_date)
where category_day.n_priced = category_day.n_members
order by all
