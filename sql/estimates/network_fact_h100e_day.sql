-- description: Cited counts of GPUs and nodes of whole networks as H100-equivalents under a stated
-- assumption on their cards, claims among them as an upper bound (kind), on bases that are never
-- mixed: the dense BF16 peak of an RTX 4090, and its speed at a video model that its memory holds
-- and at one that it does not. One row per network, day, metric, kind and basis.
-- grain: network_id, fact_date, metric, kind, basis
-- column source: Document or outlet of the figure.
-- column basis: What the cards are compared by: bf16_dense (their dense BF16 peak), or the model
-- and workload whose seconds are compared.
-- column model: Model whose seconds are compared; null on the peak basis.
-- column workload: Its clip, by the id in the catalogue of workloads; null on the peak basis.

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

gpu_equivalence as (
    select gpu_key, basis, h100e, known_at from marts.gpu_equivalence
),

workload_throughput as (
    select model, workload, gpu_key, software, h100e_p05, h100e_p95
    from estimates.workload_throughput
),

timing as (
    select max(known_at) as known_at from marts.video_timing where is_comparable
),

-- What the counted cards are taken to be. Networks that also list data-centre cards, without
-- saying how many, reach up to the case that every card is an H100.
assumption as (
    select *
    from (
        values
            ('render', false, 'one card like an RTX 4090 a node'),
            ('salad', false, 'every card like an RTX 4090'),
            ('akash', true, 'models not counted: from all like an RTX 4090 to all like an H100'),
            ('io.net', true, 'models not counted: from all like an RTX 4090 to all like an H100')
    ) as known (network_id, may_be_h100, assumption)
),

-- Of the models that many cards were timed at, the one that 24 GB hold and the one that they do
-- not, both with software that anybody has.
ratio as (
    select
        workload_throughput.model || ' ' || workload_throughput.workload as basis,
        workload_throughput.model,
        workload_throughput.workload,
        workload_throughput.h100e_p05 as value_low,
        workload_throughput.h100e_p95 as value_high,
        timing.known_at
    from workload_throughput
    cross join timing
    where
        workload_throughput.gpu_key = 'nvidia_rtx4090_24gb'
        and workload_throughput.software = 'stock'
        and workload_throughput.model in ('Wan2.2-5B', 'Wan2.1-14B')
        and workload_throughput.workload = '720p'
    union all
    select basis, null, null, h100e, h100e, known_at
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
        ratio.model,
        ratio.workload,
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
