-- description: Members of CoinGecko's categories with price, market cap and supply, by the last
-- crawl of the category on a UTC day; the coins that were asked for by id stand under an empty
-- category. Market caps, valuations and supplies of 0 mean unknown and are null. One row per
-- category, coin and day.
-- grain: category_id, coin_id, seen_date
-- incremental: seen_date

with source_rows as (
    select * from raw.coingecko__market
),

renamed as (
    select
        coalesce(category_id, '') as category_id,
        coin_id,
        cast(known_at as date) as seen_date,
        symbol,
        name,
        price_usd,
        nullif(market_cap_usd, 0) as market_cap_usd,
        market_cap_rank,
        nullif(fully_diluted_valuation_usd, 0) as fully_diluted_valuation_usd,
        volume_24h_usd,
        nullif(circulating_supply, 0) as circulating_supply,
        nullif(total_supply, 0) as total_supply,
        nullif(max_supply, 0) as max_supply,
        price_change_24h_pct,
        ath_usd,
        ath_at,
        atl_usd,
        atl_at,
        last_updated_at,
        payload_sha256,
        known_at
    from source_rows
),

-- A crawl counts as a whole: who is not in the day's last one was no member any more.
last_crawl as (
    select *
    from renamed
    qualify known_at = max(known_at) over (partition by category_id, seen_date)
),

-- Ranks move between pages, so that a coin can come twice.
latest as (
    select *
    from last_crawl
    qualify row_number() over (
        partition by category_id, coin_id, seen_date
        order by last_updated_at desc nulls last, payload_sha256, market_cap_usd desc nulls last
    ) = 1
)

select * from latest
