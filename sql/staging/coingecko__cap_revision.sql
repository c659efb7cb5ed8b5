-- description: Market caps that a later retrieval gave otherwise than the one before it, by more
-- than rounding (1e-6); one that was or became unknown (0) is none. One row per coin, day and time
-- at which the change became known.
-- grain: coin_id, price_date, known_at
-- incremental: price_date

with source_rows as (
    select * from raw.coingecko__chart
),

-- Two payloads of one moment are one retrieval.
renamed as (
    select
        coin_id,
        price_date,
        known_at,
        nullif(arg_min(market_cap_usd, payload_sha256), 0) as market_cap_usd
    from source_rows
    group by coin_id, price_date, known_at
),

known as (
    select * from renamed where market_cap_usd is not null
),

in_order as (
    select
        coin_id,
        price_date,
        lag(market_cap_usd) over (
            partition by coin_id, price_date
            order by known_at
        ) as market_cap_before_usd,
        market_cap_usd,
        known_at
    from known
)

select * from in_order where abs(market_cap_usd / market_cap_before_usd - 1) > 1e-6
