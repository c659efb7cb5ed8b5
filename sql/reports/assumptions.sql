-- description: The inputs of the base scenario, then those in which the others built on it differ, with range, grade and source. One row per scenario and input.
-- grain: scenario_name, input
with base as (select * from estimates.assumption where scenario_id = 'base'),

scenario (place, scenario_id, scenario_name) as (
    values
    (1, 'base', 'Base scenario'),
    (2, 'low', 'Scenario low: what differs from base'),
    (3, 'high', 'Scenario high: what differs from base'),
    (4, 'distilled', 'Scenario distilled: what differs from base'),
    (5, 'consumer', 'Scenario consumer: what differs from base'),
    (6, 'sora', 'Scenario sora: what differs from base')
),

row_of as (
    select scenario.place, scenario.scenario_name, own.*
    from scenario
    inner join estimates.assumption as own using (scenario_id)
    left join base on base.input = own.input
    where scenario_id = 'base'
        or abs(own.p05 - base.p05) > 1e-9 * abs(base.p05)
        or abs(own.p95 - base.p95) > 1e-9 * abs(base.p95)
        or own.source_title <> base.source_title
)

select
    row_of.scenario_name,
    assumption_text.input_text as input,
    -- A bound at zero comes out of a normal distribution a rounding error away from it.
    case when abs(row_of.p05) < 1e-9 then 0 else row_of.p05 end as p05,
    row_of.p50,
    row_of.p95,
    assumption_text.unit_text as unit,
    row_of.grade,
    concat_ws(
        '. ',
        nullif(row_of.note, ''),
        case when row_of.grade <> 'guess' then row_of.source_title end
    ) as basis
from row_of
inner join estimates.assumption_text using (scenario_id, input)
order by row_of.place, row_of.input
