-- description: How well the inputs are founded. One row per report.
-- grain: n_base
select
    count(*) filter (scenario_id = 'base') as n_base,
    count(*) filter (scenario_id = 'base' and grade = 'guess') as n_base_guess,
    count(*) filter (scenario_id = 'base' and grade = 'derived') as n_base_derived,
    count(*) filter (scenario_id = 'factorial-2024') as n_published,
    count(*) filter (scenario_id = 'factorial-2024' and grade = 'reconstructed') as n_reconstructed,
    -- Null unless the report's knowledge ends before that of a scenario's sources.
    (
        select string_agg(scenario_id, ', ' order by scenario_id)
        from estimates.scenario_known
        where not is_known_as_of
    ) as later_scenarios,
    (
        select max(known_at) from estimates.scenario_known where not is_known_as_of
    ) as later_known_at
from estimates.assumption
