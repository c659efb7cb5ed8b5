-- description: What Akash's active providers have in GPUs, CPUs, memory and storage, as its console
-- said last on a UTC day. One row per day.
-- grain: seen_date

with source_rows as (
    select * from raw.akash__capacity
),

renamed as (
    select
        cast(known_at as date) as seen_date,
        n_providers,
        gpus_active,
        gpus_pending,
        gpus_available,
        gpus_total,
        cpu_active_millicores,
        cpu_total_millicores,
        memory_active_bytes,
        memory_total_bytes,
        storage_active_bytes,
        storage_total_bytes,
        payload_sha256,
        known_at
    from source_rows
),

latest as (
    select *
    from renamed
    qualify row_number() over (
        partition by seen_date
        order by known_at desc, payload_sha256
    ) = 1
)

select * from latest
