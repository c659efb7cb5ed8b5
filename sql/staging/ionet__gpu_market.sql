-- description: GPUs on io.net's market by model, as its explorer said last on a UTC day
-- (unofficial). One row per day and model.
-- grain: seen_date, hardware_name

with source_rows as (
    select * from raw.ionet__gpu_market
),

renamed as (
    select
        cast(known_at as date) as seen_date,
        hardware_name,
        -- "... 80GB" at the end of some names.
        try_cast(regexp_extract(hardware_name, '([0-9]+) ?GB', 1) as double) as memory_gb,
        usd_per_gpu_hour,
        gpus_total,
        gpus_idle,
        gpus_hired,
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
        partition by hardware_name, seen_date
        order by payload_sha256
    ) = 1
)

select * from latest
