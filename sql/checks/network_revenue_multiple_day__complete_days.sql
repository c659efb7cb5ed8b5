-- description: Every revenue has its row; a multiple is above zero, of 30 complete days and of a
-- market cap of the 31 days up to them. One row per network, day and source of which that is not so.

with multiple as (
    select * from marts.network_revenue_multiple_day
),

network_revenue_day as (
    select network_id, revenue_date, source, revenue_usd from marts.network_revenue_day
)

select multiple.*, network_revenue_day.revenue_usd
from multiple
full join network_revenue_day using (network_id, revenue_date, source)
where
    multiple.n_revenue_days is null
    or network_revenue_day.revenue_usd is null
    or multiple.n_revenue_days not between 0 and 30
    or (multiple.n_revenue_days < 30 and multiple.revenue_30d_usd is not null)
    or multiple.revenue_multiple <= 0
    or not isfinite(multiple.revenue_multiple)
    or (
        multiple.revenue_multiple is not null
        and (multiple.revenue_30d_usd is null or multiple.market_cap_usd is null)
    )
    or (multiple.market_cap_usd is null) <> (multiple.cap_date is null)
    or multiple.revenue_date - multiple.cap_date not between 0 and 31
