-- description: Closes that a later retrieval gave otherwise than the one before it, by more than
-- rounding (1e-6). One row per coin, day and time at which the change became known.
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
        arg_min(close_usd, payload_sha256) as close_usd
    from source_rows
    group by coin_id, price_date, known_at
),

in_order as (
    select
        coin_id,
        price_date,
        lag(close_usd) over (
            partition by coin_id, price_date
            order by known_at
        ) as close_before_usd,
        close_usd,
        known_at
    from renamed
)

select * from in_order where abs(close_usd / close_before_usd - 1) > 1e-6
