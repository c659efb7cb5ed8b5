-- description: A split leaves no trace in changes: on an ex-date, be it after the report's day, the
-- close has not fallen by the ratio of the split, nor risen by it. One row per ex-date on which it
-- has.

with equity_day as (
    select ticker, price_date, days_since_previous, change_trading_day from marts.equity_day
),

equity_split as (
    select ticker, ex_date, ratio as split_ratio from staging.bundled__equity_split
),

crossed as (
    select
        equity_day.ticker,
        equity_day.price_date,
        equity_split.ex_date,
        equity_split.split_ratio,
        equity_day.change_trading_day,
        -ln(1 + equity_day.change_trading_day) / ln(equity_split.split_ratio) as part_of_ratio
    from equity_day
    inner join equity_split
        on equity_split.ticker = equity_day.ticker
        and equity_split.ex_date <= equity_day.price_date
        and equity_day.price_date - equity_split.ex_date < equity_day.days_since_previous
    where equity_day.change_trading_day is not null
)

select * from crossed where abs(abs(part_of_ratio) - 1) <= 0.4
