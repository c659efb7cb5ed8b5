-- description: GPUs of decentralised networks by model: how many there are, and how many of them
-- are leased or free. Endpoints of one network count the same GPUs and are not to be added up. One
-- row per network, day, endpoint and model.
-- grain: network_id, fact_date, endpoint, gpu_id
-- column source: Source that the counts are from, by the name of capbrief's source; bundled: a
-- cited fact.
-- column endpoint: Where the source gives them; gpu-breakdown tells past days, without memory and
-- form.
-- column gpu_id: Vendor, model, memory and form as the source writes them, parted by bars.
-- column gpu_vendor: Maker of the GPU, as the source writes it; null: not given.
-- column gpu_name: Model of the GPU, as the source writes it; null: its node does not say.
-- column memory_gb: Memory that the source gives; sizes in GiB are converted, so that 80Gi is 85.9.
-- column interface: Form that the source gives, as it writes it; null: it gives none.

with models_now as (
    select
        gpu_id,
        gpu_vendor,
        gpu_model,
        memory_gib,
        interface,
        seen_date,
        gpus_allocatable,
        gpus_allocated,
        known_at
    from staging.akash__gpu_model
),

models_past as (
    select graph_date, gpu_vendor, gpu_model, gpus_total, gpus_leased, known_at
    from staging.akash__gpu_breakdown
),

ionet_market as (
    select
        seen_date,
        hardware_name,
        memory_gb,
        gpus_total,
        gpus_idle,
        gpus_hired,
        known_at
    from staging.ionet__gpu_market
),

fact as (
    select network_id, fact_date, measure, gpu_name, value_low, known_at
    from marts.network_fact
    where gpu_name is not null
),

gpu_name as (
    select source, name, memory_gb, interface, gpu_key from marts.gpu_name
),

cited as (
    select
        network_id,
        fact_date,
        gpu_name,
        max(value_low) filter (where measure = 'verified') as total_gpus,
        max(value_low) filter (where measure = 'leased') as leased_gpus,
        max(value_low) filter (where measure = 'available') as available_gpus,
        max(known_at) as known_at
    from fact
    where measure in ('verified', 'available', 'leased')
    group by network_id, fact_date, gpu_name
),

counted as (
    select
        'akash' as network_id,
        seen_date as fact_date,
        'akash' as source,
        'gpu' as endpoint,
        gpu_id,
        gpu_vendor,
        gpu_model as gpu_name,
        memory_gib * 1.073741824 as memory_gb,
        interface,
        gpus_allocatable as total_gpus,
        gpus_allocated as leased_gpus,
        gpus_allocatable - gpus_allocated as available_gpus,
        known_at
    from models_now
    union all
    select
        'akash',
        graph_date,
        'akash',
        'gpu-breakdown',
        concat_ws('|', gpu_vendor, gpu_model),
        gpu_vendor,
        gpu_model,
        null,
        null,
        gpus_total,
        gpus_leased,
        gpus_total - gpus_leased,
        known_at
    from models_past
    union all
    select
        'io.net',
        seen_date,
        'ionet',
        'market-snapshot',
        hardware_name,
        null,
        hardware_name,
        memory_gb,
        null,
        gpus_total,
        gpus_hired,
        gpus_idle,
        known_at
    from ionet_market
    union all
    select
        network_id,
        fact_date,
        'bundled',
        'cited',
        gpu_name,
        null,
        gpu_name,
        null,
        null,
        total_gpus,
        leased_gpus,
        coalesce(available_gpus, total_gpus - leased_gpus),
        known_at
    from cited
),

network_gpu_day as (
    select
        counted.network_id,
        counted.fact_date,
        counted.source,
        counted.endpoint,
        counted.gpu_id,
        counted.gpu_vendor,
        counted.gpu_name,
        counted.memory_gb,
        counted.interface,
        gpu_name.gpu_key,
        cast(counted.total_gpus as bigint) as total_gpus,
        cast(counted.leased_gpus as bigint) as leased_gpus,
        cast(counted.available_gpus as bigint) as available_gpus,
        counted.known_at
    from counted
    left join gpu_name
        on
            -- What the cited facts call a GPU is no name of a fleet's chip.
            gpu_name.source = replace(counted.source, 'bundled', 'network_fact')
            and gpu_name.name is not distinct from counted.gpu_name
            and gpu_name.memory_gb is not distinct from counted.memory_gb
            and gpu_name.interface is not distinct from counted.interface
)

select * from network_gpu_day
