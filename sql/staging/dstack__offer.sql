-- description: Offers of GPUs by the hour in dstack's catalogues, as the day's last one of each
-- provider has them; of equal offers the cheapest. Slices of TPUs are counted in chips. One row per
-- day, provider, offer and kind of price.
-- grain: offer_date, provider, offer_id, pricing
-- incremental: offer_date

with source_rows as (
    select * from raw.dstack__offer
),

-- The name of a slice counts chips, or the two cores of each; both by Google's documents.
sliced as (
    select
        *,
        regexp_extract(
            lower(gpu_name), '^(?:tpu-)?(v[0-9]+(?:e|p|litepod)?)-[0-9]+$', 1
        ) as tpu_name,
        try_cast(
            nullif(
                regexp_extract(
                    lower(gpu_name), '^(?:tpu-)?v[0-9]+(?:e|p|litepod)?-([0-9]+)$', 1
                ),
                ''
            ) as double
        ) as tpu_size
    from source_rows
),

renamed as (
    select
        cast(known_at as date) as offer_date,
        provider,
        provider as catalogue,
        concat_ws(
            '|',
            instance_name,
            coalesce(region, '-'),
            gpu_name,
            coalesce(cast(gpu_memory_gb as varchar), '-'),
            cast(gpu_count as varchar)
        ) as offer_id,
        instance_name,
        region,
        coalesce(nullif(tpu_name, ''), gpu_name) as gpu_name,
        -- Of slices it is one chip's or the sum.
        case when tpu_size is null then gpu_memory_gb end as gpu_memory_gb,
        interface,
        case
            when tpu_size is null then gpu_count
            when tpu_name in ('v2', 'v3', 'v4', 'v5p') then gpu_count * tpu_size / 2
            when tpu_name in ('v5litepod', 'v5e', 'v6e') then gpu_count * tpu_size
        end as gpu_count,
        case
            when is_spot then 'spot'
            -- Capacity of Google Cloud that is booked for dates ahead.
            when list_contains(string_split(coalesce(flags, ''), ' '), 'gcp-dws-calendar-mode')
                then 'reserved'
            else 'on_demand'
        end as pricing,
        usd_per_hour,
        flags,
        payload_sha256,
        known_at
    from sliced
),

-- A catalogue counts as a whole: what is not in the day's last one was not offered any more.
last_catalogue as (
    select *
    from renamed
    qualify known_at = max(known_at) over (partition by provider, offer_date)
),

latest as (
    select *
    from last_catalogue
    qualify row_number() over (
        partition by offer_date, provider, offer_id, pricing
        order by usd_per_hour, flags nulls first, payload_sha256
    ) = 1
)

select * from latest
