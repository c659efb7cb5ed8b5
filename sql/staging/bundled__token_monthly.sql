-- description: Token snapshots on the first day of a month; a market cap of 0 means unknown and
-- is null. One row per token and snapshot day.
-- grain: coin_id, price_date

with source_rows as (
    select * from raw.bundled__token_monthly
),

renamed as (
    select
        coin_id,
        symbol,
        name,
        date as price_date,
        price_usd,
        nullif(market_cap_usd, 0) as market_cap_usd,
        nullif(circulating_supply, 0) as circulating_supply,
        volume_24h_usd as volume_usd,
        cmc_rank,
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
