-- description: What a network supplies is made of GPUs that are leased or free, never of a claim:
-- every equivalent stands beside such GPUs, and the GPUs are those of its models. One row per
-- network, day, source and basis of which that is not so.

with network_h100e_day as (
    select
        network_id,
        fact_date,
        source,
        basis,
        endpoint,
        leased_gpus,
        leased_gpus_unknown,
        leased_h100e,
        available_gpus,
        available_gpus_unknown,
        available_h100e
    from estimates.network_h100e_day
),

model as (
    select
        network_id,
        fact_date,
        source,
        endpoint,
        sum(leased_gpus) as leased_gpus,
        sum(available_gpus) as available_gpus
    from marts.network_gpu_day
    group by network_id, fact_date, source, endpoint
)

select network_h100e_day.*
from network_h100e_day
left join model using (network_id, fact_date, source, endpoint)
where
    network_h100e_day.leased_gpus is distinct from model.leased_gpus
    or network_h100e_day.available_gpus is distinct from model.available_gpus
    or (network_h100e_day.leased_h100e is not null and network_h100e_day.leased_gpus is null)
    or (network_h100e_day.available_h100e is not null and network_h100e_day.available_gpus is null)
    or network_h100e_day.leased_gpus_unknown > network_h100e_day.leased_gpus
    or network_h100e_day.available_gpus_unknown > network_h100e_day.available_gpus
