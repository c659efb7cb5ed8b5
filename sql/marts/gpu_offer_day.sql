-- description: Offers of GPUs by the hour on a day, in USD per GPU-hour. Counted are those whose
-- accelerator is known, from the catalogue that comes first for the provider and kind of price on
-- that day: dstack's, then SkyPilot's of the provider itself, then SkyPilot's of marketplaces that
-- resell. The others stand here with the reason. One row per day, catalogue, offer and kind of
-- price.
-- grain: offer_date, source, catalogue, offer_id, pricing
-- incremental: offer_date
-- column source: Source of the catalogue: dstack or skypilot.
-- column offer_id: Instance, region, name of the GPU, its memory and number, parted by bars.
-- column gpu_name: Name of the accelerator as the catalogue writes it.
-- column gpu_memory_gb: Memory of one accelerator that the catalogue gives; 1,024 MiB are counted
-- as 1 GB, as vendors do; null: it gives none.
-- column interface: Form that the name of the instance tells, or its family has; null: neither.
-- column gpu_count: Accelerators in the instance, less than one where it has a part of one; null:
-- of a slice whose chips are not known.
-- column usd_per_gpu_hour: Price of the instance for an hour, by accelerator; null: their number is
-- not known.
-- column left_out_because: Why the offer is not counted; null: it is.

with dstack as (
    select
        offer_date,
        provider,
        catalogue,
        offer_id,
        instance_name,
        region,
        gpu_name,
        gpu_memory_gb,
        interface,
        gpu_count,
        pricing,
        usd_per_hour,
        known_at
    from staging.dstack__offer
),

skypilot as (
    select
        offer_date,
        provider,
        catalogue,
        offer_id,
        instance_name,
        region,
        gpu_name,
        gpu_memory_gb,
        interface,
        gpu_count,
        pricing,
        usd_per_hour,
        known_at
    from staging.skypilot__offer
),

gpu_offer_key as (
    select source, name, memory_gb, interface, gpu_key from marts.gpu_offer_key
),

offer as (
    select 'dstack' as source, 1 as place, * from dstack
    union all
    select
        'skypilot',
        case when catalogue in ('primeintellect', 'shadeform') then 3 else 2 end,
        *
    from skypilot
),

placed as (
    select
        *,
        min(place) over (partition by offer_date, provider, pricing) as first_place
    from offer
),

gpu_offer_day as (
    select
        placed.offer_date,
        placed.source,
        placed.catalogue,
        placed.provider,
        placed.offer_id,
        placed.instance_name,
        placed.region,
        placed.gpu_name,
        placed.gpu_memory_gb,
        placed.interface,
        gpu_offer_key.gpu_key,
        placed.gpu_count,
        placed.pricing,
        placed.usd_per_hour / placed.gpu_count as usd_per_gpu_hour,
        case
            when placed.place > placed.first_place then 'another catalogue has the provider'
            when placed.gpu_count is null then 'chips of the slice not known'
            when placed.gpu_count < 1 then 'part of a GPU'
            when gpu_offer_key.gpu_key is null then 'accelerator not known'
            -- Of slices the price of a chip is known here first.
            when not coalesce(placed.usd_per_hour / placed.gpu_count between 0.003 and 100, false)
                then 'price not plausible'
        end as left_out_because,
        placed.known_at
    from placed
    left join gpu_offer_key
        on
            gpu_offer_key.source = placed.source
            and gpu_offer_key.name = placed.gpu_name
            and gpu_offer_key.memory_gb is not distinct from placed.gpu_memory_gb
            and gpu_offer_key.interface is not distinct from placed.interface
)

select * from gpu_offer_day
