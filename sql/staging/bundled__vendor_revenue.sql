-- description: Revenue of a chip vendor by quarter of its fiscal year, as its press releases give
-- it. One row per vendor and fiscal quarter.
-- grain: vendor, fiscal_quarter

with source_rows as (
    select * from raw.bundled__vendor_revenue
),

renamed as (
    select
        vendor,
        fiscal_quarter,
        quarter_start,
        quarter_end,
        total_revenue_usd,
        data_centre_revenue_usd,
        published_date,
        source,
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
