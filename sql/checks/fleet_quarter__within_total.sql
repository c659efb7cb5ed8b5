-- description: In the bundled edition the named owners together do not have more than was shipped,
-- and every quarter of them has a total. Of later editions owners and sales are two documents of
-- different days, of which one may be older. One row per designer and quarter end in which they do.

with fleet_quarter as (
    select designer, quarter_end, units_p50 from marts.fleet_quarter
),

fleet_total_quarter as (
    select designer, quarter_end, units_p50 from marts.fleet_total_quarter
),

later as (
    select count(*) > 0 as is_there from marts.supply_release
),

owned as (
    select designer, quarter_end, sum(units_p50) as owned
    from fleet_quarter
    group by designer, quarter_end
)

select owned.designer, owned.quarter_end, owned.owned, total.units_p50 as shipped
from owned
cross join later
left join fleet_total_quarter as total using (designer, quarter_end)
where not later.is_there and coalesce(owned.owned > total.units_p50, true)
