-- description: The inputs of the base scenario, then those in which the others built on it differ, with range, grade and source. One row per scenario and input.
-- grain: scenario_name, input
with base as (select * from estimates.assumption where scenario_id = 'base'),

row_of as (
    select 1 as place, 'Base scenario' as scenario_name, base.* from base
    union all
    select
        2 + list_position(['low', 'high', 'distilled', 'consumer', 'sora'], other.scenario_id),
        'Scenario ' || other.scenario_id || ': what differs from base',
        other.*
    from estimates.assumption as other
    inner join base on base.input = other.input
    where other.scenario_id in ('low', 'high', 'distilled', 'consumer', 'sora')
        and (
            abs(other.p05 - base.p05) > 1e-9 * abs(base.p05)
            or abs(other.p95 - base.p95) > 1e-9 * abs(base.p95)
            or other.source_title <> base.source_title
        )
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
