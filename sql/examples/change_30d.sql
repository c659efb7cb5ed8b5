-- description: Change of every token over the 30 days before its newest close, largest first.
-- Tokens without a close exactly 30 days before are left out. One row per token.
-- grain: coin_id
select
    coin_id,
    symbol,
    price_date,
    close_usd,
    round(100 * change_30d, 1) as change_30d_pct,
    round(100 * change_7d, 1) as change_7d_pct
from marts.token_day
join marts.token using (coin_id)
where change_30d is not null
qualify price_date = max(price_date) over (partition by coin_id)
order by change_30d desc, coin_id
