-- description: The published chain step by step: what was published, what its own inputs give, what the stated shares and a multiply-add counted as two give. One row per step.
-- grain: step
with value as (
    select quantity, p50 from estimates.demand_month where scenario_id = 'factorial-2024'
    union all
    select quantity || '_' || case_id, p50 from estimates.training where scenario_id = 'factorial-2024'
    union all
    select 'breakeven_' || quantity || '_' || case_id, p50 from estimates.breakeven
    where scenario_id = 'factorial-2024'
),

step (place, step, unit, output, published_check, as_stated, as_flop, format) as (
    values
    (1, 'AI video made', 'million minutes a day', 'ai_minutes_per_day', 'ai_minutes_per_day.hackernews', 'ai_minutes_per_day_stated_shares', null, 'm2'),
    (2, 'Output of one H100', 'minutes of video an hour', 'minutes_per_gpu_hour_unrounded', 'minutes_per_gpu_hour_unrounded.factorial', null, 'minutes_per_gpu_hour_mac_counted', 'number2'),
    (3, 'Chips at even, full use', 'H100', 'gpus_base', 'gpus_base.hackernews', 'gpus_base_stated_shares', null, 'count'),
    (4, 'Chips at peak', 'H100', 'gpus_peak', 'gpus_peak.tweaktown', 'gpus_peak_stated_shares', 'gpus_peak_mac_counted', 'count'),
    (5, 'Training, low case', 'H100 for a month', 'h100_months_low', 'h100_months_low.factorial', null, 'h100_months_mac_counted_low', 'count'),
    (6, 'Training, high case', 'H100 for a month', 'h100_months_high', 'h100_months_high.factorial', null, 'h100_months_mac_counted_high', 'count'),
    (7, 'Break-even, low case', 'million minutes', 'breakeven_minutes_low', 'breakeven_minutes_low.factorial', null, null, 'm2'),
    (8, 'Break-even, high case', 'million minutes', 'breakeven_minutes_high', 'breakeven_minutes_high.factorial', null, null, 'm2'),
    (9, 'Price of the chips', 'USD bn at 30,000 each', 'capex_usd_published_peak', 'capex_usd_published_peak.tweaktown', null, null, 'bn')
)

select
    step.step,
    step.unit,
    chain_check.expected as published,
    recomputed.p50 as recomputed,
    recomputed.p50 / chain_check.expected - 1 as deviation,
    stated.p50 as as_stated,
    flop.p50 as as_flop,
    step.format
from step
left join estimates.chain_check
    on chain_check.scenario_id = 'factorial-2024' and chain_check.check_id = step.published_check
left join value as recomputed on recomputed.quantity = step.output
left join value as stated on stated.quantity = step.as_stated
left join value as flop on flop.quantity = step.as_flop
order by step.place
