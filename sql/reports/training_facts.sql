-- description: Minutes of video of the hypothetical Sora that take as much compute as its training, against those published. One row per report, none where they are unknown.
-- grain: scenario_id
with own as (
    select
        run,
        case run when 'factorial-sora-low' then 'low' else 'high' end as case_id,
        breakeven_minutes_p05 as p05,
        breakeven_minutes_p95 as p95
    from estimates.training_run
    where run in ('factorial-sora-low', 'factorial-sora-high')
        and breakeven_minutes_p50 is not null
)

select
    published.scenario_id,
    min(own.p05) as minutes_p05,
    max(own.p95) as minutes_p95,
    min(published.p50 / own.p95) as off_low,
    max(published.p50 / own.p05) as off_high
from own
inner join estimates.breakeven as published using (case_id)
where published.scenario_id = 'factorial-2024' and published.quantity = 'minutes'
group by published.scenario_id
