-- description: Market cap (of what circulates) of the networks' tokens by day, from the best that
-- the day has: its close, else what a crawl saw at a moment of it, else the snapshot of a month.
-- Held spikes and stale rows of crawls do not count. One row per network and day with a market cap.
-- grain: network_id, cap_date
-- column cap_date: Day of the market cap.
-- column cap_kind: close, crawl or month: which of the three it is.

with network as (
    select network_id, coin_id from marts.network
),

token_day as not materialized (
    select coin_id, price_date, market_cap_usd, known_at from marts.token_day
),

token_snapshot_day as not materialized (
    select coin_id, seen_date, market_cap_usd, known_at
    from marts.token_snapshot_day
    where is_held_spike is not true and is_stale is not true
),

token_month as (
    select coin_id, price_date, market_cap_usd, known_at from marts.token_month
),

told as (
    select
        coin_id,
        price_date as cap_date,
        market_cap_usd,
        'close' as cap_kind,
        1 as place,
        known_at
    from token_day
    union all
    select coin_id, seen_date, market_cap_usd, 'crawl', 2, known_at from token_snapshot_day
    union all
    select coin_id, price_date, market_cap_usd, 'month', 3, known_at from token_month
),

network_cap_day as (
    select
        network.network_id,
        told.cap_date,
        network.coin_id,
        told.market_cap_usd,
        told.cap_kind,
        told.known_at
    from network
    inner join told using (coin_id)
    where told.market_cap_usd is not null
    qualify row_number() over (
        partition by network.network_id, told.cap_date
        order by told.place
    ) = 1
)

select * from network_cap_day
