-- description: CoinGecko's totals of the whole market, as seen last on a UTC day; a total of 0
-- means unknown and is null. One row per day.
-- grain: seen_date

with source_rows as (
    select * from raw.coingecko__global
),

renamed as (
    select
        cast(known_at as date) as seen_date,
        n_coins,
        n_markets,
        nullif(total_market_cap_usd, 0) as total_market_cap_usd,
        nullif(total_volume_usd, 0) as total_volume_usd,
        btc_dominance_pct,
        eth_dominance_pct,
        market_cap_change_24h_pct,
        updated_at,
        payload_sha256,
        known_at
    from source_rows
),

latest as (
    select *
    from renamed
    qualify row_number() over (
        partition by seen_date
        order by known_at desc, payload_sha256
    ) = 1
)

select * from latest
