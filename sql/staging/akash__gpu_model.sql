-- description: GPUs of Akash's providers by model, as its console said last on a UTC day; what the
-- nodes do not say of their GPUs is null. One row per day, vendor, model, memory and interface.
-- grain: seen_date, gpu_id

with source_rows as (
    select * from raw.akash__gpu_model
),

renamed as (
    select
        cast(known_at as date) as seen_date,
        concat_ws(
            '|', gpu_vendor, coalesce(gpu_model, '-'), coalesce(ram, '-'), coalesce(interface, '-')
        ) as gpu_id,
        gpu_vendor,
        gpu_model,
        ram,
        interface,
        -- "80Gi": GiB, although cards are sold by the same number of GB.
        cast(nullif(regexp_extract(ram, '^([0-9]{1,4})Gi$', 1), '') as double) as memory_gib,
        gpus_allocatable,
        gpus_allocated,
        payload_sha256,
        known_at
    from source_rows
),

-- An answer counts as a whole: what is not in the day's last one was not there any more.
last_answer as (
    select *
    from renamed
    qualify known_at = max(known_at) over (partition by seen_date)
),

latest as (
    select *
    from last_answer
    qualify row_number() over (
        partition by gpu_id, seen_date
        order by payload_sha256
    ) = 1
)

select * from latest
