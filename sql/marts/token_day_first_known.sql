-- description: Daily closes and market caps of tokens from the source that gave them first, with
-- the change over seven calendar days within that source: what a claim is tested on. A source that
-- comes later does not move a figure that was known at the time. One row per token and day.
-- grain: coin_id, price_date
-- incremental: price_date
-- reach: 7 days back

with token_close_day as (
    select coin_id, price_date, close_usd, market_cap_usd, source, known_at
    from marts.token_close_day
    where is_first_known
),

token_day_first_known as (
    select
        today.coin_id,
        today.price_date,
        today.close_usd,
        today.market_cap_usd,
        today.close_usd / week_before.close_usd - 1 as change_7d,
        today.source,
        today.known_at
    from token_close_day as today
    left join token_close_day as week_before
        on week_before.coin_id = today.coin_id
        and week_before.price_date = today.price_date - 7
        and week_before.source = today.source
)

select * from token_day_first_known
