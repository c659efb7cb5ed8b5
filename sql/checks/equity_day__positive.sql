-- description: Prices of shares are above zero, volumes not below. One row per day that is off.

with equity_day as (
    select
        ticker,
        price_date,
        open_usd,
        high_usd,
        low_usd,
        close_usd,
        close_as_traded_usd,
        adjusted_close_usd,
        volume_shares
    from marts.equity_day
)

select *
from equity_day
where
    close_usd is null
    or not isfinite(close_usd)
    or least(open_usd, high_usd, low_usd, close_usd, close_as_traded_usd, adjusted_close_usd) <= 0
    or volume_shares < 0
