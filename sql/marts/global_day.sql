-- description: CoinGecko's totals of the whole crypto market as seen on a day. One row per day.
-- grain: seen_date

with global as (
    select
        seen_date,
        n_coins,
        n_markets,
        total_market_cap_usd,
        total_volume_usd,
        btc_dominance_pct,
        eth_dominance_pct,
        market_cap_change_24h_pct,
        updated_at,
        known_at
    from staging.coingecko__global
)

select * from global
