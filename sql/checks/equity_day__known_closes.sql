-- description: Closes as they were traded are those that are known of single days, to 2 %. One row
-- per day on which one is not.

with equity_day as (
    select ticker, price_date, close_as_traded_usd from marts.equity_day
),

equity_close_day as (
    select ticker, price_date, close_as_traded_usd
    from marts.equity_close_day
    where source = 'bundled'
)

select
    equity_day.ticker,
    equity_day.price_date,
    equity_day.close_as_traded_usd,
    equity_close_day.close_as_traded_usd as known_close_usd
from equity_day
inner join equity_close_day using (ticker, price_date)
where abs(equity_day.close_as_traded_usd / equity_close_day.close_as_traded_usd - 1) > 0.02
