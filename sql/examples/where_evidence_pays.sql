-- description: Inputs of the base scenario whose better evidence would narrow the number of GPUs at
-- peak most: share of the variance times the weakness of the source, two years on. One row per
-- input.
-- grain: factor
select
    sensitivity.factor,
    round(sensitivity.variance_share, 4) as variance_share,
    sensitivity.grade,
    round(sensitivity.evidence_value, 4) as evidence_value,
    assumption.source_title
from estimates.sensitivity
inner join estimates.assumption
    on assumption.scenario_id = sensitivity.scenario_id
    and assumption.input = sensitivity.factor
where
    sensitivity.scenario_id = 'base'
    and sensitivity.quantity = 'gpus_peak'
    and sensitivity.month_index = 24
order by evidence_value desc, factor
