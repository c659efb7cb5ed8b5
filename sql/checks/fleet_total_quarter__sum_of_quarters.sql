-- description: The running total of shipments is the sum of the quarters within 2 % at the
-- medians (they need not be equal: medians do not add), and never falls. One row per quarter end
-- that is off.

with fleet_total_quarter as (
    select quarter_end, units_p50 from marts.fleet_total_quarter
),

shipment_quarter as (
    select quarter_end, units_p50 from marts.shipment_quarter
),

summed as (
    select total.quarter_end, total.units_p50, sum(shipped.units_p50) as sum_of_quarters
    from fleet_total_quarter as total
    left join shipment_quarter as shipped on shipped.quarter_end <= total.quarter_end
    group by total.quarter_end, total.units_p50
),

stepped as (
    select *, units_p50 - lag(units_p50) over (order by quarter_end) as step from summed
)

select *
from stepped
where
    coalesce(abs(sum_of_quarters / units_p50 - 1) > 0.02, true) or step < 0
