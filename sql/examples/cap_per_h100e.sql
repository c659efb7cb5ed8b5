-- description: What a network's token costs per H100-equivalent (dense BF16 peak) of what the
-- network claims and of what was verified, and its multiple of revenue; null: not known. A claim is
-- no supply. One row per network, day and source of the counts.
-- grain: network_id, fact_date, source
with multiple as (
    select network_id, revenue_multiple, n_revenue_days
    from marts.network_revenue_multiple_day
    where source = 'defillama'
    qualify row_number() over (partition by network_id order by revenue_date desc) = 1
)

select
    network_id,
    fact_date,
    source,
    kind,
    round(market_cap_usd / 1e6, 1) as market_cap_usd_mn,
    cap_date,
    round(claimed_usd_per_h100e_low) as claimed_usd_per_h100e_low,
    round(claimed_usd_per_h100e_high) as claimed_usd_per_h100e_high,
    round(verified_usd_per_h100e_low) as verified_usd_per_h100e_low,
    round(verified_usd_per_h100e_high) as verified_usd_per_h100e_high,
    round(multiple.revenue_multiple, 1) as revenue_multiple_newest,
    multiple.n_revenue_days
from estimates.network_valuation_day
left join multiple using (network_id)
where basis = 'bf16_dense'
order by network_id, fact_date, source
