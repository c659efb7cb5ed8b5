-- description: Devices that io.net lists, as its explorer said last on a UTC day (unofficial);
-- active and passive are states of the inventory and do not say that a device is rented. One row
-- per day.
-- grain: seen_date

with source_rows as (
    select * from raw.ionet__inventory
),

renamed as (
    select
        cast(known_at as date) as seen_date,
        devices_total,
        devices_active,
        devices_passive,
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
