-- description: CoinGecko's own totals of its categories, as seen last on a UTC day; a total of 0
-- from the vendor means unknown and is null. One row per category and day.
-- grain: category_id, seen_date
-- incremental: seen_date
-- column name: Name of the category.
-- column market_cap_usd: CoinGecko's own total of the category; null: unknown.
-- column market_cap_change_24h_pct: Change of that total over 24 hours, by the vendor.
-- column volume_24h_usd: Traded value of the category's coins over the last 24 hours; null:
-- unknown.

with source_rows as (
    select * from raw.coingecko__category
),

renamed as (
    select
        category_id,
        cast(known_at as date) as seen_date,
        name,
        nullif(market_cap_usd, 0) as market_cap_usd,
        market_cap_change_24h_pct,
        volume_24h_usd,
        updated_at,
        payload_sha256,
        known_at
    from source_rows
),

latest as (
    select *
    from renamed
    qualify row_number() over (
        partition by category_id, seen_date
        order by known_at desc, payload_sha256
    ) = 1
)

select * from latest
