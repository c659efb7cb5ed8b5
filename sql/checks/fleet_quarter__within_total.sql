-- description: The named owners together do not have more than was shipped. One row per quarter
-- end in which they do.

with fleet_quarter as (
    select quarter_end, units_p50 from marts.fleet_quarter
),

fleet_total_quarter as (
    select quarter_end, units_p50 from marts.fleet_total_quarter
),

owned as (
    select quarter_end, sum(units_p50) as owned from fleet_quarter group by quarter_end
)

select owned.quarter_end, owned.owned, total.units_p50 as shipped
from owned
left join fleet_total_quarter as total using (quarter_end)
where coalesce(owned.owned > total.units_p50, true)
