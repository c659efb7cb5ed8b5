-- description: Offers of machines with GPUs by dstack's catalogues, as seen last on a UTC day; of
-- equal machines the cheapest. One row per provider, machine, region, GPU, count, pricing and day.
-- grain: provider, instance_name, region, gpu_name, gpu_memory_gb, gpu_count, pricing, offer_date
-- incremental: offer_date

with source_rows as (
    select * from raw.dstack__offer
),

renamed as (
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
        cast(known_at as date) as offer_date,
        payload_sha256,
        known_at
    from source_rows
),

-- A catalogue is of its moment: of a day only the last one counts, as a whole.
newest as (
    select *
    from renamed
    qualify rank() over (partition by provider, offer_date order by known_at desc) = 1
),

cheapest as (
    select *
    from newest
    qualify row_number() over (
        partition by
            provider, instance_name, region, gpu_name, gpu_memory_gb, gpu_count, pricing, offer_date
        order by price_usd_per_hour, interface, payload_sha256
    ) = 1
)

select * from cheapest
