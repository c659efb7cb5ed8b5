-- description: Close and market cap of every token on the day before the Sora demo of 15 February
-- 2024, and 7 and 28 days later. One row per token.
-- grain: coin_id
with demo as (
    select event_date
    from marts.event
    where event_id = 'sora-demo'
)

select
    before.coin_id,
    token.symbol,
    demo.event_date - 1 as before_date,
    before.close_usd as close_before_usd,
    round(100 * (week.close_usd / before.close_usd - 1), 1) as change_7d_pct,
    round(100 * (month.close_usd / before.close_usd - 1), 1) as change_28d_pct,
    round(before.market_cap_usd / 1e6, 1) as market_cap_before_usd_mn,
    round(month.market_cap_usd / 1e6, 1) as market_cap_28d_usd_mn
from demo
join marts.token_day as before on before.price_date = demo.event_date - 1
join marts.token on token.coin_id = before.coin_id
left join marts.token_day as week
    on week.coin_id = before.coin_id and week.price_date = demo.event_date + 6
left join marts.token_day as month
    on month.coin_id = before.coin_id and month.price_date = demo.event_date + 27
order by change_28d_pct desc nulls last, before.coin_id
