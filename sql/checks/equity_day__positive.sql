-- description: Closes of shares are above zero. One row per close that is not.

with equity_day as (
    select ticker, price_date, close_usd from marts.equity_day
)

select * from equity_day where close_usd is null or not isfinite(close_usd) or close_usd <= 0
