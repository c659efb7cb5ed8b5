-- description: Totals of the whole market are above zero, and shares are percentages. One row per
-- day on which they are not.

with global_day as (
    select
        seen_date,
        n_coins,
        n_markets,
        total_market_cap_usd,
        total_volume_usd,
        btc_dominance_pct,
        eth_dominance_pct
    from marts.global_day
)

select *
from global_day
where
    n_coins <= 0
    or n_markets <= 0
    or total_market_cap_usd <= 0
    or total_volume_usd < 0
    or btc_dominance_pct not between 0 and 100
    or eth_dominance_pct not between 0 and 100
    or btc_dominance_pct + eth_dominance_pct > 100
