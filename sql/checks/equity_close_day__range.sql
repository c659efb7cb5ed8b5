-- description: A day's high is not below its low, and its close lies between them, but for rounding:
-- 0.1 %, or half a cent as the file states its prices. One row per day and file that are off.

with equity_close_day as (
    select ticker, price_date, source, high_usd, low_usd, close_usd, stated_close_usd
    from marts.equity_close_day
    where close_usd is not null
),

with_slack as (
    select
        *,
        1.000001 * greatest(0.001, 0.005 / stated_close_usd) * close_usd as slack_usd
    from equity_close_day
)

select *
from with_slack
where
    high_usd < low_usd - slack_usd
    or close_usd > high_usd + slack_usd
    or close_usd < low_usd - slack_usd
