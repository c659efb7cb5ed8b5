-- description: Daily closes of coins in UTC as CoinGecko gave them last; a market cap of 0 from
-- the vendor means unknown and is null. One row per coin and day.
-- grain: coin_id, price_date
-- incremental: price_date

with source_rows as (
    select * from raw.coingecko__chart
),

renamed as (
    select
        coin_id,
        price_date,
        close_usd,
        nullif(market_cap_usd, 0) as market_cap_usd,
        volume_usd,
        payload_sha256,
        known_at
    from source_rows
),

latest as (
    select *
    from renamed
    qualify row_number() over (
        partition by coin_id, price_date
        order by known_at desc, payload_sha256
    ) = 1
)

select * from latest
