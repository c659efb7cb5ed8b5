-- description: The base scenario's GPUs at peak with each input alone at its 10th and at its 90th percentile and all others at their medians, the widest first. One row per input.
-- grain: label
select
    assumption_text.input_text as label,
    sensitivity.swing_low as low,
    sensitivity.swing_high as high,
    -- Their median is all but the value with every input at its own.
    demand_month.p50 as base
from estimates.sensitivity
inner join estimates.assumption_text
    on assumption_text.scenario_id = sensitivity.scenario_id
    and assumption_text.input = sensitivity.factor
inner join estimates.demand_month
    on demand_month.scenario_id = sensitivity.scenario_id
    and demand_month.quantity = sensitivity.quantity
    and demand_month.month_index = sensitivity.month_index
where sensitivity.scenario_id = 'base'
    and sensitivity.quantity = 'gpus_peak'
    and sensitivity.swing_low > 0
    and sensitivity.swing_high > 0
order by abs(ln(sensitivity.swing_high / sensitivity.swing_low)) desc, assumption_text.input_text
