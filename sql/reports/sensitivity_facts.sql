-- description: The input that moves the base scenario's GPUs at peak most, and the next. One row per report.
-- grain: month_date
with swing as (
    select
        sensitivity.scenario_id,
        sensitivity.month_index,
        assumption_text.input_text,
        least(sensitivity.swing_low, sensitivity.swing_high) as low,
        greatest(sensitivity.swing_low, sensitivity.swing_high) as high,
        sensitivity.variance_share,
        row_number() over (
            order by
                abs(ln(sensitivity.swing_high / sensitivity.swing_low)) desc,
                assumption_text.input_text
        ) as place
    from estimates.sensitivity
    inner join estimates.assumption_text
        on assumption_text.scenario_id = sensitivity.scenario_id
        and assumption_text.input = sensitivity.factor
    where sensitivity.scenario_id = 'base'
        and sensitivity.quantity = 'gpus_peak'
        and sensitivity.swing_low > 0
        and sensitivity.swing_high > 0
)

select
    any_value(demand_month.month_date) as month_date,
    any_value(demand_month.p50) as base,
    max(swing.input_text) filter (swing.place = 1) as first_input,
    max(swing.low) filter (swing.place = 1) as first_low,
    max(swing.high) filter (swing.place = 1) as first_high,
    max(swing.high / swing.low) filter (swing.place = 1) as first_factor,
    max(swing.variance_share) filter (swing.place = 1) as first_variance_share,
    max(swing.input_text) filter (swing.place = 2) as second_input,
    max(swing.low) filter (swing.place = 2) as second_low,
    max(swing.high) filter (swing.place = 2) as second_high,
    count(*) as n_inputs
from swing
inner join estimates.demand_month
    on demand_month.scenario_id = swing.scenario_id
    and demand_month.quantity = 'gpus_peak'
    and demand_month.month_index = swing.month_index
having count(*) > 0
