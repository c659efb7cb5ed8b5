-- description: Revenue of a chip vendor by quarter of its own fiscal year (not of the calendar), in
-- all and of data centres, and what Epoch AI takes to be compute of it; dates of the quarter join
-- it with reports to the regulator. One row per vendor and fiscal quarter.
-- grain: vendor, fiscal_quarter
-- column vendor: Vendor of the chips.
-- column quarter_start: First day of the fiscal quarter.
-- column quarter_end: Last day of the fiscal quarter.
-- column source: Press release of the figures.

with vendor_revenue as (
    select
        vendor,
        fiscal_quarter,
        quarter_start,
        quarter_end,
        total_revenue_usd,
        data_centre_revenue_usd,
        published_date,
        source,
        known_at
    from staging.bundled__vendor_revenue
),

vendor_compute_share as (
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
        known_at
    from staging.bundled__vendor_compute_share
),

vendor_revenue_quarter as (
    select
        revenue.vendor,
        revenue.fiscal_quarter,
        revenue.quarter_start,
        revenue.quarter_end,
        revenue.total_revenue_usd,
        revenue.data_centre_revenue_usd,
        revenue.data_centre_revenue_usd / revenue.total_revenue_usd as data_centre_share,
        compute.networking_revenue_usd,
        compute.compute_revenue_usd,
        compute.compute_share,
        compute.a100_share,
        compute.h100_share,
        compute.h20_share,
        compute.gb200_share,
        compute.gb300_share,
        revenue.published_date,
        revenue.source,
        greatest(revenue.known_at, compute.known_at) as known_at
    from vendor_revenue as revenue
    left join vendor_compute_share as compute using (vendor, fiscal_quarter)
)

select * from vendor_revenue_quarter
