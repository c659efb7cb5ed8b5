-- description: Comparable timings of video models beside what is predicted for them from those of
-- other models, worst first. One row per timing.
-- grain: model, gpu, gpus, case_text, source
select
    model,
    gpu,
    gpus,
    case_text,
    seconds,
    round(predicted_seconds, 1) as predicted_seconds,
    round(p10, 1) as p10,
    round(p90, 1) as p90,
    round(ratio, 2) as ratio,
    is_inside,
    fitted_from,
    source
from estimates.backtest
where is_scored
order by abs(ratio - 1) desc, model, gpu, gpus, case_text, source
