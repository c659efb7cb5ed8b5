-- description: GPUs of decentralised networks that are leased and that are free, as
-- H100-equivalents by dense BF16 peak, from their models; what has no specification is counted
-- apart and is in no equivalent. Claims are in none of it. One row per network, day and source.
-- grain: network_id, fact_date, source
-- column source: Source of the counts, by the name of capbrief's source; bundled: cited facts,
-- which may leave models out.
-- column endpoint: Where the source gives the models.
-- column basis: Rate that the cards are compared by: bf16_dense.
-- column leased_gpus: GPUs that are leased, of all models; null: no model says.
-- column leased_gpus_unknown: Those of them whose specification is unknown; null: no model says.
-- column leased_h100e: H100-equivalents of the other leased ones; null: none is known.
-- column available_gpus: GPUs that are free, of all models; null: no model says.
-- column available_gpus_unknown: Those of them whose specification is unknown; null: no model says.
-- column available_h100e: H100-equivalents of the other free ones; null: none is known.

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

equivalence as (
    select gpu_key, basis, h100e, known_at
    from marts.gpu_equivalence
    where basis = 'bf16_dense'
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
        chosen.leased_gpus,
        chosen.available_gpus,
        equivalence.h100e,
        greatest(chosen.known_at, equivalence.known_at) as known_at
    from chosen
    left join equivalence using (gpu_key)
),

network_h100e_day as (
    select
        network_id,
        fact_date,
        source,
        endpoint,
        'bf16_dense' as basis,
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
    group by network_id, fact_date, source, endpoint
    having count(leased_gpus) + count(available_gpus) > 0
)

select * from network_h100e_day
