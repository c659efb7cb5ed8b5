-- description: What Epoch AI takes of a vendor's data-centre revenue to be compute, and the chips
-- that this is made with. One row per vendor and fiscal quarter.
-- grain: vendor, fiscal_quarter

with source_rows as (
    select * from raw.bundled__vendor_compute_share
),

renamed as (
    select
        vendor,
        fiscal_quarter,
        networking_revenue_usd,
        compute_share,
        compute_revenue_usd,
        a100_share,
        h100_share,
        h20_share,
        gb200_share,
        gb300_share,
        payload_sha256,
        known_at
    from source_rows
),

latest as (
    select *
    from renamed
    qualify row_number() over (
        partition by vendor, fiscal_quarter
        order by known_at desc, payload_sha256
    ) = 1
)

select * from latest
