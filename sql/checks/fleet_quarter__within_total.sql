-- description: The named owners together do not have more than was shipped. In the bundled edition
-- not at all, and every quarter of them has a total; of later editions within 10 % where both are
-- later and known, as owners and sales are estimated on different days, and owners may be all there
-- are (medians do not add). One row per designer and quarter end in which they do.

with fleet_quarter as (
    select designer, quarter_end, units_p50 from marts.fleet_quarter
),

fleet_total_quarter as (
    select designer, quarter_end, units_p50 from marts.fleet_total_quarter
),

later as (
    select
        count(*) > 0 as is_there,
        count(distinct entity) filter (entity in ('owned_cumulative', 'shipped_cumulative')) = 2
        as are_both
    from marts.supply_release
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
where
    case
        when later.are_both then owned.owned > total.units_p50 * 1.1
        -- The one is newer than the other.
        when later.is_there then false
        else coalesce(owned.owned > total.units_p50, true)
    end
