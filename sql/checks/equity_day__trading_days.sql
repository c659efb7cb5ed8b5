-- description: No share is traded on a weekend. One row per day that is one.

with equity_day as (
    select ticker, price_date from marts.equity_day
)

select * from equity_day where isodow(price_date) > 5
