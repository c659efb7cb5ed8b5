-- description: Price times circulating supply is the vendor's market cap within 5 %. One row per
-- token and snapshot day that are off.

with token_month as (
    select coin_id, price_date, price_usd, circulating_supply, market_cap_usd
    from marts.token_month
)

select *, price_usd * circulating_supply / market_cap_usd - 1 as deviation
from token_month
where
    coalesce(price_usd <= 0, true)
    or coalesce(market_cap_usd <= 0, true)
    or abs(price_usd * circulating_supply / market_cap_usd - 1) > 0.05
