-- description: Market cap of a network's token over its capacity in H100-equivalents: claimed,
-- verified, leased and free, each apart and null where nobody says it. A ratio to what is claimed
-- says how little the claim may be worth, never what the capacity costs; where nothing is verified
-- there is no other. Claimed and cited counts are a range under the assumption on their cards
-- (estimates.network_fact_h100e_day), counts by model (estimates.network_h100e_day) a figure, of
-- which gpus_unknown are left out. The market cap is the last one of the 31 days up to the day. One
-- row per network with a token, day, source and basis.
-- grain: network_id, fact_date, source, basis
-- column source: Source of the counts, by the name of capbrief's source; bundled: cited facts.
-- column basis: What the cards are compared by: bf16_dense (their dense BF16 peak), or the model
-- and workload whose seconds are compared. Ratios on two bases are never compared.
-- column cap_date: Day of the market cap; null: none is known.
-- column cap_kind: close, crawl or month, as marts.network_cap_day has it.
-- column kind: Who vouches for the figures: api (the network's interface), else the kinds of the
-- cited facts; verified is what one of them calls so.
-- column claimed_gpus: GPUs that the network claims, whether or not their models are known.
-- column claimed_h100e_low: Least H100-equivalents of what is claimed, reported or counted in
-- nodes; null: nobody says.
-- column claimed_h100e_high: Most H100-equivalents of what is claimed, reported or counted in nodes.
-- column verified_h100e_low: Least H100-equivalents of what is verified; of counts by model the
-- leased and the free ones together; null: nothing is verified.
-- column verified_h100e_high: Most H100-equivalents of what is verified.
-- column gpus_unknown: GPUs leased or free that cannot be compared and are in no equivalent, so
-- that the ratios are too high by them; null: not counted by model.

with network as (
    select network_id, coin_id from marts.network
),

network_cap_day as (
    select network_id, cap_date, market_cap_usd, cap_kind, known_at from marts.network_cap_day
),

network_capacity_day as (
    select network_id, fact_date, source, kind, claimed_gpus, verified_gpus
    from marts.network_capacity_day
),

network_fact as (
    select network_id, fact_date, metric, kind, measure from marts.network_fact
),

cited as (
    select
        stated.network_id,
        stated.fact_date,
        'bundled' as source,
        stated.basis,
        network_fact.measure = 'verified' as is_verified,
        stated.h100e_low,
        stated.h100e_high,
        stated.assumption,
        stated.known_at
    from estimates.network_fact_h100e_day as stated
    inner join network_fact using (network_id, fact_date, metric, kind)
    -- Plans, trials and parts of a network are not its capacity.
    where network_fact.measure in ('claimed', 'nodes', 'verified')
),

cited_day as (
    select
        network_id,
        fact_date,
        source,
        basis,
        min(h100e_low) filter (not is_verified) as claimed_h100e_low,
        max(h100e_high) filter (not is_verified) as claimed_h100e_high,
        min(h100e_low) filter (is_verified) as verified_h100e_low,
        max(h100e_high) filter (is_verified) as verified_h100e_high,
        max(assumption) as assumption,
        max(known_at) as known_at
    from cited
    group by network_id, fact_date, source, basis
),

counted as (
    select
        network_id,
        fact_date,
        source,
        basis,
        leased_h100e,
        available_h100e,
        leased_h100e + available_h100e as verified_h100e,
        leased_gpus_unknown + available_gpus_unknown as gpus_unknown,
        known_at
    from estimates.network_h100e_day
),

capacity as (
    select
        network_id,
        fact_date,
        source,
        basis,
        cited_day.claimed_h100e_low,
        cited_day.claimed_h100e_high,
        coalesce(counted.verified_h100e, cited_day.verified_h100e_low) as verified_h100e_low,
        coalesce(counted.verified_h100e, cited_day.verified_h100e_high) as verified_h100e_high,
        counted.leased_h100e,
        counted.available_h100e,
        counted.gpus_unknown,
        cited_day.assumption,
        greatest(cited_day.known_at, counted.known_at) as known_at
    from cited_day
    full join counted using (network_id, fact_date, source, basis)
),

-- The last market cap before, then without those that are too old.
last_cap as (
    select capacity.network_id, capacity.fact_date, cap.* exclude (network_id)
    from (select distinct network_id, fact_date from capacity) as capacity
    asof inner join network_cap_day as cap
        on cap.network_id = capacity.network_id and cap.cap_date <= capacity.fact_date
),

cap as (
    select * from last_cap where fact_date - cap_date <= 31
),

-- The most capacity costs the least; of none there is no ratio.
network_valuation_day as (
    select
        capacity.network_id,
        capacity.fact_date,
        capacity.source,
        capacity.basis,
        network.coin_id,
        cap.market_cap_usd,
        cap.cap_date,
        cap.cap_kind,
        network_capacity_day.claimed_gpus,
        capacity.claimed_h100e_low,
        capacity.claimed_h100e_high,
        cap.market_cap_usd / nullif(capacity.claimed_h100e_high, 0) as claimed_usd_per_h100e_low,
        cap.market_cap_usd / nullif(capacity.claimed_h100e_low, 0) as claimed_usd_per_h100e_high,
        network_capacity_day.verified_gpus,
        capacity.verified_h100e_low,
        capacity.verified_h100e_high,
        cap.market_cap_usd / nullif(capacity.verified_h100e_high, 0) as verified_usd_per_h100e_low,
        cap.market_cap_usd / nullif(capacity.verified_h100e_low, 0) as verified_usd_per_h100e_high,
        capacity.leased_h100e,
        cap.market_cap_usd / nullif(capacity.leased_h100e, 0) as leased_usd_per_h100e,
        capacity.available_h100e,
        cap.market_cap_usd / nullif(capacity.available_h100e, 0) as available_usd_per_h100e,
        capacity.gpus_unknown,
        network_capacity_day.kind,
        capacity.assumption,
        greatest(capacity.known_at, cap.known_at) as known_at
    from capacity
    inner join network using (network_id)
    left join cap using (network_id, fact_date)
    left join network_capacity_day using (network_id, fact_date, source)
)

select * from network_valuation_day
