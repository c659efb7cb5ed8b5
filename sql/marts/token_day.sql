-- description: Daily closes, market caps and volumes of tokens in UTC from the source that counts
-- on that day, without closes that are held as spikes, with the change over exact calendar days
-- (null where the earlier close is absent); names stand in marts.token. One row per token and day.
-- grain: coin_id, price_date
-- incremental: price_date
-- reach: 30 days back

with token_close_day as (
    select
        coin_id,
        price_date,
        close_usd,
        market_cap_usd,
        volume_usd,
        vendor,
        known_at,
        source,
        is_kept
    from marts.token_close_day
),

kept as (
    select * exclude (is_kept) from token_close_day where is_kept
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
        today.known_at,
        today.source
    from kept as today
    left join kept as day_before
        on day_before.coin_id = today.coin_id and day_before.price_date = today.price_date - 1
    left join kept as week_before
        on week_before.coin_id = today.coin_id and week_before.price_date = today.price_date - 7
    left join kept as month_before
        on month_before.coin_id = today.coin_id and month_before.price_date = today.price_date - 30
)

select * from with_changes
