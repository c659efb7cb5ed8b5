-- description: Every scenario has a row that says since when its inputs were public; without it, a
-- report could not say which scenarios rest on later sources. One row per scenario without.

with scenario as (
    select scenario_id from estimates.scenario
),

scenario_known as (
    select scenario_id, known_at, is_known_at_report_date, is_known_as_of
    from estimates.scenario_known
)

select scenario.scenario_id
from scenario
left join scenario_known as known using (scenario_id)
where
    known.known_at is null
    or known.is_known_at_report_date is null
    or known.is_known_as_of is null
