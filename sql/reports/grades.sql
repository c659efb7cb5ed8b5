-- description: Inputs of each scenario by grade, and what share of the variance of the logarithm of its peak demand comes from those that are guesses. One row per scenario.
-- grain: scenario_id
with counted as (
    select
        scenario_id,
        count(*) as n_inputs,
        count(*) filter (grade = 'primary') as n_primary,
        count(*) filter (grade = 'secondary') as n_secondary,
        count(*) filter (grade = 'derived') as n_derived,
        count(*) filter (grade = 'reconstructed') as n_reconstructed,
        count(*) filter (grade = 'guess') as n_guess
    from estimates.assumption
    group by scenario_id
),

-- Factors of several inputs have no share of their own.
varied as (
    select
        scenario_id,
        sum(variance_share) filter (grade = 'guess') as guess_variance_share
    from estimates.sensitivity
    where quantity = 'gpus_peak'
    group by scenario_id
)

select counted.*, varied.guess_variance_share
from counted
left join varied using (scenario_id)
order by counted.scenario_id
