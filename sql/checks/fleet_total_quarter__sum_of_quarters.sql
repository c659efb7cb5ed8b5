-- description: The running total of shipments is the sum of the quarters at the medians within 2 %
-- in the bundled edition and 5 % in later ones (medians do not add), and never falls. One row per
-- designer and quarter end that is off.

with fleet_total_quarter as (
    select designer, quarter_end, units_p50 from marts.fleet_total_quarter
),

shipment_quarter as (
    select designer, quarter_end, units_p50 from marts.shipment_quarter
),

tolerance as (
    select case when count(*) > 0 then 0.05 else 0.02 end as most from marts.supply_release
),

summed as (
    select
        total.designer,
        total.quarter_end,
        total.units_p50,
        sum(shipped.units_p50) as sum_of_quarters
    from fleet_total_quarter as total
    left join shipment_quarter as shipped
        on shipped.designer = total.designer and shipped.quarter_end <= total.quarter_end
    group by total.designer, total.quarter_end, total.units_p50
),

stepped as (
    select
        *,
        units_p50 - lag(units_p50) over (partition by designer order by quarter_end) as step
    from summed
)

select stepped.*
from stepped
cross join tolerance
where
    coalesce(abs(stepped.sum_of_quarters / stepped.units_p50 - 1) > tolerance.most, true)
    or stepped.step < 0
