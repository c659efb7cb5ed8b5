-- description: Totals of GPUs that two endpoints of Akash's console give beside their models, as
-- each said last on a UTC day. One row per day and endpoint.
-- grain: seen_date, endpoint

with source_rows as (
    select * from raw.akash__gpu_total
),

renamed as (
    select
        cast(known_at as date) as seen_date,
        endpoint,
        gpus_total,
        gpus_leased,
        gpus_available,
        payload_sha256,
        known_at
    from source_rows
),

-- An answer counts as a whole: what is not in the day's last one was not there any more.
last_answer as (
    select *
    from renamed
    qualify known_at = max(known_at) over (partition by endpoint, seen_date)
),

latest as (
    select *
    from last_answer
    qualify row_number() over (
        partition by endpoint, seen_date
        order by payload_sha256
    ) = 1
)

select * from latest
