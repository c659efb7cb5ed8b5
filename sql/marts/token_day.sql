-- description: Daily closes, market caps and volumes of tokens in UTC, with the change over
-- exact calendar days (null where the earlier close is absent). One row per token and day.
-- grain: coin_id, price_date

with token_daily as (
    select coin_id, price_date, close_usd, market_cap_usd, volume_usd, vendor, known_at
    from staging.bundled__token_daily
),

token as (
    select coin_id, symbol, name from marts.token
),

with_changes as (
    select
        today.coin_id,
        today.price_date,
        today.close_usd,
        today.market_cap_usd,
        today.volume_usd,
        today.close_usd / day_before.close_usd - 1 as change_1d,
        today.close_usd / week_before.close_usd - 1 as change_7d,
        today.close_usd / month_before.close_usd - 1 as change_30d,
        today.vendor,
        today.known_at
    from token_daily as today
    left join token_daily as day_before
        on day_before.coin_id = today.coin_id and day_before.price_date = today.price_date - 1
    left join token_daily as week_before
        on week_before.coin_id = today.coin_id and week_before.price_date = today.price_date - 7
    left join token_daily as month_before
        on month_before.coin_id = today.coin_id and month_before.price_date = today.price_date - 30
),

with_names as (
    select
        with_changes.coin_id,
        token.symbol,
        token.name,
        with_changes.* exclude (coin_id)
    from with_changes
    inner join token using (coin_id)
)

select * from with_names
