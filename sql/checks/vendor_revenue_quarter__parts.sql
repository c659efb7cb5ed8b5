-- description: A vendor's data-centre revenue is part of its revenue, networking and compute are
-- parts of that, shares of chips sum to 1, and fiscal quarters follow one another without a gap.
-- One row per quarter that is off.

with vendor_revenue_quarter as (
    select
        vendor,
        fiscal_quarter,
        quarter_start,
        quarter_end,
        total_revenue_usd,
        data_centre_revenue_usd,
        networking_revenue_usd,
        compute_revenue_usd,
        a100_share + h100_share + h20_share + gb200_share + gb300_share as shares
    from marts.vendor_revenue_quarter
),

followed as (
    select
        *,
        lag(quarter_end) over (partition by vendor order by quarter_start) as last_before
    from vendor_revenue_quarter
)

select *
from followed
where
    coalesce(total_revenue_usd <= 0, true)
    or data_centre_revenue_usd > total_revenue_usd
    or networking_revenue_usd > data_centre_revenue_usd
    -- Rounded each to 10 million.
    or networking_revenue_usd + compute_revenue_usd > data_centre_revenue_usd * 1.01
    or compute_revenue_usd > data_centre_revenue_usd
    or abs(shares - 1) > 1e-6
    or quarter_start <> last_before + 1
    or coalesce(quarter_end - quarter_start not between 80 and 100, true)
