-- description: Offers of GPUs by the hour in SkyPilot's catalogues, as the day's last one of each
-- cloud has them; of equal offers the cheapest. What a marketplace resells is its supplier's. One
-- row per day, catalogue, offer and kind of price.
-- grain: offer_date, catalogue, offer_id, pricing
-- incremental: offer_date

with source_rows as (
    select * from raw.skypilot__offer
),

supplied as (
    select
        *,
        case provider
            when 'shadeform' then split_part(instance_name, '_', 1)
            when 'primeintellect' then split_part(instance_name, '__', 1)
            else provider
        end as supplier,
        -- The other column of vast shortens: RTX_4060_Ti and RTX_4060 are RTX4060 there.
        case
            when provider = 'vast'
                then nullif(regexp_extract(instance_name, '^[0-9]+x-(.+)-[0-9]+-[0-9]+$', 1), '')
        end as vast_name
    from source_rows
),

renamed as (
    select
        cast(known_at as date) as offer_date,
        -- By dstack's names.
        case supplier
            when 'lambda' then 'lambdalabs'
            when 'datacrunch' then 'verda'
            when 'crusoecloud' then 'crusoe'
            else supplier
        end as provider,
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
        coalesce(vast_name, gpu_name) as gpu_name,
        gpu_memory_gb,
        interface,
        gpu_count,
        case when is_spot then 'spot' else 'on_demand' end as pricing,
        usd_per_hour,
        payload_sha256,
        known_at
    from supplied
),

-- A catalogue counts as a whole: what is not in the day's last one was not offered any more.
last_catalogue as (
    select *
    from renamed
    qualify known_at = max(known_at) over (partition by catalogue, offer_date)
),

latest as (
    select *
    from last_catalogue
    qualify row_number() over (
        partition by offer_date, catalogue, offer_id, pricing
        order by usd_per_hour, payload_sha256
    ) = 1
)

select * from latest
