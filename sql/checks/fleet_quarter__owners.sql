-- description: Owners are those that the group estimates know; a new or renamed one must be put
-- into a group first. One row per unknown owner.

with fleet_quarter as (
    select owner, quarter_end from marts.fleet_quarter
)

select owner, min(quarter_end) as first_quarter_end
from fleet_quarter
where coalesce(owner not in ('Microsoft', 'Meta', 'Amazon', 'Google', 'Oracle', 'China'), true)
group by owner
