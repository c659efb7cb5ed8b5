-- description: GPUs of decentralised networks that are leased and that are free, as
-- H100-equivalents from their models, by dense BF16 peak and by speed at two video models; what is
-- not known is counted apart and is in no equivalent. Claims are in none of it. One row per
-- network, day, source and basis.
-- grain: network_id, fact_date, source, basis
-- column source: Source of the counts, by the name of capbrief's source; bundled: cited facts,
-- which may leave models out.
-- column endpoint: Where the source gives the models.
-- column basis: What the cards are compared by: bf16_dense (their dense BF16 peak), or the model
-- and workload whose seconds are compared.
-- column model: Model whose seconds are compared; null on the peak basis.
-- column workload: Its clip, by the id in the catalogue of workloads; null on the peak basis.
-- column leased_gpus: GPUs that are leased, of all models; null: no model says.
-- column leased_gpus_unknown: Those of them that cannot be compared: no specification is known,
-- or no timing of their maker. Null: no model says.
-- column leased_h100e: H100-equivalents of the other leased ones, of a workload at the median ratio
-- of each model of GPU, 0 for those that do not hold it; null: none is known.
-- column available_gpus: GPUs that are free, of all models; null: no model says.
-- column available_gpus_unknown: Those of them that cannot be compared: no specification is
-- known, or no timing of their maker. Null: no model says.
-- column available_h100e: H100-equivalents of the other free ones, of a workload at the median
-- ratio of each model of GPU, 0 for those that do not hold it; null: none is known.

with gpu_day as (
    select
        network_id,
        fact_date,
        source,
        endpoint,
        gpu_key,
        leased_gpus,
        available_gpus,
        known_at
    from marts.network_gpu_day
),

gpu_equivalence as (
    select gpu_key, basis, h100e, known_at from marts.gpu_equivalence
),

workload_throughput as (
    select model, workload, gpu_key, software, h100e_p50 from estimates.workload_throughput
),

timing as (
    select max(known_at) as known_at from marts.video_timing where is_comparable
),

-- One model that 24 GB hold and one that they do not, with software that anybody has.
equivalence as (
    select
        gpu_key,
        basis,
        cast(null as varchar) as model,
        cast(null as varchar) as workload,
        h100e,
        known_at
    from gpu_equivalence
    where basis = 'bf16_dense'
    union all
    select
        workload_throughput.gpu_key,
        workload_throughput.model || ' ' || workload_throughput.workload,
        workload_throughput.model,
        workload_throughput.workload,
        workload_throughput.h100e_p50,
        timing.known_at
    from workload_throughput
    cross join timing
    where
        workload_throughput.software = 'stock'
        and workload_throughput.model in ('Wan2.2-5B', 'Wan2.1-14B')
        and workload_throughput.workload = '720p'
),

-- Without timings there is the peak alone, be there a specification or not.
basis as (
    select 'bf16_dense' as basis, cast(null as varchar) as model, cast(null as varchar) as workload
    union
    select basis, model, workload from equivalence
),

-- The endpoint that gives memory and form comes before the one that does not.
chosen as (
    select *
    from gpu_day
    qualify
        rank() over (
            partition by network_id, fact_date, source
            order by endpoint = 'gpu-breakdown'
        ) = 1
),

weighed as (
    select
        chosen.network_id,
        chosen.fact_date,
        chosen.source,
        chosen.endpoint,
        basis.basis,
        basis.model,
        basis.workload,
        chosen.leased_gpus,
        chosen.available_gpus,
        equivalence.h100e,
        greatest(chosen.known_at, equivalence.known_at) as known_at
    from chosen
    cross join basis
    left join equivalence using (gpu_key, basis)
),

network_h100e_day as (
    select
        network_id,
        fact_date,
        source,
        endpoint,
        basis,
        model,
        workload,
        cast(sum(leased_gpus) as bigint) as leased_gpus,
        cast(
            sum(case when h100e is null then leased_gpus when leased_gpus is not null then 0 end)
            as bigint
        ) as leased_gpus_unknown,
        -- Sums of doubles depend on their order.
        cast(sum(cast(leased_gpus * h100e as decimal(18, 6))) as double) as leased_h100e,
        cast(sum(available_gpus) as bigint) as available_gpus,
        cast(
            sum(
                case
                    when h100e is null then available_gpus
                    when available_gpus is not null then 0
                end
            ) as bigint
        ) as available_gpus_unknown,
        cast(sum(cast(available_gpus * h100e as decimal(18, 6))) as double) as available_h100e,
        max(known_at) as known_at
    from weighed
    group by network_id, fact_date, source, endpoint, basis, model, workload
    having count(leased_gpus) + count(available_gpus) > 0
)

select * from network_h100e_day
