-- description: Every ratio is of the capacity that stands beside it and of the market cap of its
-- day, none of a claim stands for what is verified, and every network with a token has those of
-- its counts by model. One row per network, day, source and basis that break that.

with network_valuation_day as (
    select * from estimates.network_valuation_day
),

network_h100e_day as (
    select network_id, fact_date, source, basis, leased_h100e, available_h100e
    from estimates.network_h100e_day
),

network as (
    select network_id from marts.network
),

cap as (
    select network_id, cap_date, market_cap_usd from marts.network_cap_day
),

counted as (
    select network_h100e_day.*, true as is_counted
    from network_h100e_day
    inner join network using (network_id)
)

select valued.*, counted.is_counted
from network_valuation_day as valued
full join counted using (network_id, fact_date, source, basis)
left join cap using (network_id, cap_date)
where
    valued.coin_id is null
    or valued.leased_h100e is distinct from counted.leased_h100e
    or valued.available_h100e is distinct from counted.available_h100e
    or valued.market_cap_usd is distinct from cap.market_cap_usd
    or (valued.market_cap_usd is null) <> (valued.cap_date is null)
    or valued.fact_date - valued.cap_date not between 0 and 31
    or valued.claimed_h100e_low > valued.claimed_h100e_high
    or valued.verified_h100e_low > valued.verified_h100e_high
    or valued.claimed_usd_per_h100e_low
    is distinct from cap.market_cap_usd / nullif(valued.claimed_h100e_high, 0)
    or valued.claimed_usd_per_h100e_high
    is distinct from cap.market_cap_usd / nullif(valued.claimed_h100e_low, 0)
    or valued.verified_usd_per_h100e_low
    is distinct from cap.market_cap_usd / nullif(valued.verified_h100e_high, 0)
    or valued.verified_usd_per_h100e_high
    is distinct from cap.market_cap_usd / nullif(valued.verified_h100e_low, 0)
    or valued.leased_usd_per_h100e
    is distinct from cap.market_cap_usd / nullif(valued.leased_h100e, 0)
    or valued.available_usd_per_h100e
    is distinct from cap.market_cap_usd / nullif(valued.available_h100e, 0)
