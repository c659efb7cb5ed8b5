-- description: Published training runs: GPU-hours, share of the peak as stated, by the published count of operations and by capbrief's, and the video that takes as much compute. One row per run; none where no timing is known.
-- grain: run
select
    run,
    title,
    case
        when breakeven_minutes_p50 is not null then 'Video models of the catalogue'
        else 'Others, for contrast'
    end as kind,
    gpu_hours,
    mfu,
    counted_mfu,
    mfu_stated,
    breakeven_minutes_p05,
    breakeven_minutes_p50,
    breakeven_minutes_p95,
    case when breakeven_minutes_p50 is not null then workload end as workload,
    -- Addresses stand in estimates.training_run.
    regexp_replace(sources, ', https?://[^;]*', '', 'g') as basis
from estimates.training_run
where coalesce(mfu, counted_mfu, mfu_stated, breakeven_minutes_p50) is not null
    -- Without timings nothing is said of speed, and so nothing of what training is worth.
    and exists (select 1 from estimates.backtest)
    and published <= coalesce((select strftime(as_of, '%Y-%m-%d') from marts.build), '9999')
order by breakeven_minutes_p50 is null, gpu_hours desc, run
