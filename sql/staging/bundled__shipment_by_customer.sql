-- description: Accelerators bought in a year by customer, as estimated by Omdia and reported by
-- the press. One row per customer, chip and year.
-- grain: customer, chip, year

with source_rows as (
    select * from raw.bundled__shipment_by_customer
),

renamed as (
    select
        buyer as customer,
        chip,
        cast(period as integer) as year,
        units_estimate as units,
        reported_in as source,
        payload_sha256,
        known_at
    from source_rows
),

latest as (
    select *
    from renamed
    qualify row_number() over (
        partition by customer, chip, year
        order by known_at desc, payload_sha256
    ) = 1
)

select * from latest
