-- description: Prices and market caps are above zero, volumes not below; an unknown market cap is
-- null, never 0. One row per token and day that are off.
-- incremental: price_date

with token_day as (
    select coin_id, price_date, close_usd, market_cap_usd, volume_usd from marts.token_day
)

select *
from token_day
where
    close_usd is null
    or not isfinite(close_usd)
    or close_usd <= 0
    or market_cap_usd <= 0
    or volume_usd < 0
