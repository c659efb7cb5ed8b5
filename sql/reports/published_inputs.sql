-- description: The inputs with which the published chain closes, with their grade. One row per input.
-- grain: input
select
    assumption_text.input_text as input,
    assumption.p50 as value,
    assumption_text.unit_text as unit,
    assumption.grade,
    coalesce(
        nullif(assumption.note, ''),
        case when assumption.grade <> 'reconstructed' then assumption.source_title else '' end
    ) as basis
from estimates.assumption
inner join estimates.assumption_text using (scenario_id, input)
where scenario_id = 'factorial-2024'
order by input_text
