-- description: Machines with GPUs on offer, with the price of one GPU for an hour; dstack's
-- catalogues, and SkyPilot's for a provider, day and pricing of which dstack has nothing. One row
-- per provider, machine, region, GPU, count, pricing and day.
-- grain: provider, instance_name, region, gpu_name, memory_gb, gpus, pricing, offer_date
-- incremental: offer_date
-- column memory_gb: Memory of one GPU by the catalogue; null: it says none.
-- column interface: Form of the board, where the machine's name or its provider says it.
-- column gpus: GPUs of the machine.
-- column usd_per_gpu_hour: Price of the machine over its GPUs.
-- column gpu_key: Accelerator that the name means; null: the name is not known, or does not say
-- which of several boards it is.

with dstack as (
    select
        provider,
        instance_name,
        region,
        gpu_name,
        gpu_memory_gb,
        interface,
        gpu_count,
        pricing,
        price_usd_per_hour,
        offer_date,
        'dstack' as catalogue,
        known_at
    from staging.dstack__offer
),

skypilot as (
    select
        provider,
        instance_name,
        region,
        gpu_name,
        gpu_memory_gb,
        interface,
        gpu_count,
        pricing,
        price_usd_per_hour,
        offer_date,
        'skypilot' as catalogue,
        known_at
    from staging.skypilot__offer
),

gpu_name as (
    select source, name, memory_gb, interface, gpu_key from marts.gpu_name
),

offer as (
    select * from dstack
    union all
    select skypilot.*
    from skypilot
    anti join dstack using (provider, offer_date, pricing)
)

select
    offer.provider,
    offer.instance_name,
    offer.region,
    offer.gpu_name,
    offer.gpu_memory_gb as memory_gb,
    offer.interface,
    gpu_name.gpu_key,
    offer.gpu_count as gpus,
    offer.pricing,
    offer.price_usd_per_hour,
    offer.price_usd_per_hour / offer.gpu_count as usd_per_gpu_hour,
    offer.catalogue,
    offer.offer_date,
    offer.known_at
from offer
left join gpu_name
    on
        gpu_name.source = offer.catalogue
        and gpu_name.name = offer.gpu_name
        and gpu_name.memory_gb is not distinct from offer.gpu_memory_gb
        and gpu_name.interface is not distinct from offer.interface
