-- description: Cited counts of GPUs and nodes of whole networks as H100-equivalents under a stated
-- assumption on their cards, claims among them as an upper bound (kind), on two bases that are
-- never mixed: the speed of an RTX 4090 at a video model, and its dense BF16 peak. One row per
-- network, day, metric, kind and basis.
-- grain: network_id, fact_date, metric, kind, basis
-- column source: Document or outlet of the figure.
-- column basis: What the cards are compared by, video workload (their speed at a video model) or
-- bf16_dense (their dense BF16 peak).

with fact as (
    select
        network_id,
        fact_date,
        metric,
        measure,
        kind,
        value_low,
        value_high,
        unit,
        source,
        known_at
    from marts.network_fact
    -- Days whose models are counted need no assumption.
    qualify count(gpu_name) over (partition by network_id, fact_date) = 0
),

claim as (
    select claim_id, value_low, value_high, known_at from marts.claim
),

gpu_equivalence as (
    select gpu_key, basis, h100e, known_at from marts.gpu_equivalence
),

-- What the counted cards are taken to be. Networks that also list data-centre cards, without
-- saying how many, reach up to the case that every card is an H100.
assumption as (
    select *
    from (
        values
            ('render', false, 'one card like an RTX 4090 a node'),
            ('salad', false, 'every card like an RTX 4090, memory left out'),
            ('akash', true, 'models not counted: from all like an RTX 4090 to all like an H100'),
            ('io.net', true, 'models not counted: from all like an RTX 4090 to all like an H100')
    ) as known (network_id, may_be_h100, assumption)
),

ratio as (
    select 'video workload' as basis, value_low, value_high, known_at
    from claim
    where claim_id = 'rtx-4090-to-h100'
    union all
    select basis, h100e, h100e, known_at
    from gpu_equivalence
    where gpu_key = 'nvidia_rtx4090_24gb' and basis = 'bf16_dense'
),

counted as (
    -- What is leased or free is part of what is there.
    select *
    from fact
    where unit in ('nodes', 'GPUs') and measure not in ('leased', 'available', 'active')
),

network_fact_h100e_day as (
    select
        counted.network_id,
        counted.fact_date,
        counted.metric,
        counted.kind,
        ratio.basis,
        counted.value_low as gpus_low,
        counted.value_high as gpus_high,
        counted.value_low * ratio.value_low as h100e_low,
        counted.value_high
        * case when assumption.may_be_h100 then 1 else ratio.value_high end as h100e_high,
        assumption.assumption,
        counted.source,
        greatest(counted.known_at, ratio.known_at) as known_at
    from counted
    inner join assumption using (network_id)
    cross join ratio
)

select * from network_fact_h100e_day
