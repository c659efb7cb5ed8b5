-- description: How many cards of the kinds that decentralised networks usually have the claimed
-- H100 at the peak would be: by seconds at a workload with stock software, and by peak rates, which
-- leave memory out. One row per accelerator and workload.
-- grain: gpu_key, model, workload
-- column model: Model that makes the clips or images.
-- column claimed_gpus: H100 that the published claim asks for at the peak.
-- column h100e_p05: 5th percentile. H100s that one card equals at the workload; 0: it does not fit. Null: nor does it fit an H100.
-- column h100e_p50: Median. H100s that one card equals at the workload; 0: it does not fit. Null: nor does it fit an H100.
-- column h100e_p95: 95th percentile. H100s that one card equals at the workload; 0: it does not
-- fit.

with claim as (
    select claim_id, value_high, known_at from marts.claim
),

gpu as (
    select gpu_key, title, memory_gb, known_at from marts.gpu
),

gpu_equivalence as (
    select gpu_key, basis, h100e, known_at from marts.gpu_equivalence
),

workload_throughput as (
    select
        gpu_key,
        model,
        workload,
        software,
        is_fitting,
        needed_gb,
        h100e_p05,
        h100e_p50,
        h100e_p95
    from estimates.workload_throughput
),

timing as (
    select max(known_at) as known_at from marts.video_timing where is_comparable
),

card as (
    select *
    from gpu
    where
        gpu_key in (
            'nvidia_rtx3090_24gb',
            'nvidia_rtx4090_24gb',
            'nvidia_rtx5090_32gb',
            'nvidia_a100_sxm4_80gb',
            'nvidia_l40s_48gb',
            'nvidia_h100_sxm5_80gb'
        )
),

-- The faster of FP8 and INT8, as chips are counted at 8 bits; the H100 has both at one rate.
peak as (
    select
        gpu_key,
        max(h100e) filter (basis = 'bf16_dense') as h100e_bf16_dense,
        max(h100e) filter (basis in ('fp8_dense', 'int8_dense')) as h100e_8bit_dense,
        max(known_at) as known_at
    from gpu_equivalence
    where basis in ('bf16_dense', 'fp8_dense', 'int8_dense')
    group by gpu_key
),

claimed as (
    select value_high as gpus, known_at from claim where claim_id = 'gpus-at-peak'
),

-- Fewest cards at the highest ratio. Where a card does not hold the workload, no number of them
-- does each its own clip.
network_cards_needed as (
    select
        card.gpu_key,
        card.title,
        made.model,
        made.workload,
        claimed.gpus as claimed_gpus,
        made.is_fitting,
        made.needed_gb,
        card.memory_gb,
        made.h100e_p05,
        made.h100e_p50,
        made.h100e_p95,
        case when made.is_fitting then claimed.gpus / made.h100e_p95 end as needed_gpus_p05,
        case when made.is_fitting then claimed.gpus / made.h100e_p50 end as needed_gpus_p50,
        case when made.is_fitting then claimed.gpus / made.h100e_p05 end as needed_gpus_p95,
        claimed.gpus / peak.h100e_bf16_dense as needed_gpus_bf16_dense,
        claimed.gpus / peak.h100e_8bit_dense as needed_gpus_8bit_dense,
        greatest(claimed.known_at, timing.known_at, card.known_at, peak.known_at) as known_at
    from claimed
    cross join timing
    cross join card
    inner join workload_throughput as made using (gpu_key)
    left join peak using (gpu_key)
    where made.software = 'stock'
)

select * from network_cards_needed
