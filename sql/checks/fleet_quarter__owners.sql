-- description: The owners that the group estimates add up are all there at the newest quarter end;
-- one that is renamed must be put into its group first. Others are welcome. One row per owner that
-- is not there.

with fleet_quarter as (
    select owner, quarter_end from marts.fleet_quarter where designer = 'Nvidia'
),

newest as (
    select owner
    from fleet_quarter
    where quarter_end = (select max(quarter_end) from fleet_quarter)
),

needed as (
    select unnest(['Microsoft', 'Meta', 'Amazon', 'Google', 'Oracle', 'China']) as owner
)

select needed.owner
from needed
left join newest using (owner)
where newest.owner is null and exists (select 1 from newest)
