-- description: Closes of shares on single days; the basis says how splits are treated. One row
-- per ticker and day.
-- grain: ticker, price_date
-- column basis: How splits are treated.

with equity_close as (
    select ticker, price_date, close_usd, basis, known_at from staging.bundled__equity_close
)

select * from equity_close
