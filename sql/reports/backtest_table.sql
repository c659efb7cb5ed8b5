-- description: Every published timing beside what other models' timings predict for it, those not comparable last. One row per model, GPU, number of GPUs, case and source.
-- grain: model, gpu, gpus, case_text, source
select
    case
        when is_scored then 'Comparable, scored'
        when is_comparable then 'Comparable, nothing to predict it from'
        else 'Not comparable, neither fitted nor scored'
    end as scored,
    model,
    gpu || case when gpus > 1 then ' ×' || gpus else '' end as gpu,
    gpus,
    case_text,
    source,
    seconds,
    predicted_seconds,
    p10,
    p90,
    ratio,
    naive_seconds,
    published_seconds,
    -- As short as it is still told apart: the table of classes has the names in full.
    coalesce(replace(replace(fitted_from, ', by rate', ''), ' TFLOP/s', ''), reason) as fitted_from
from estimates.backtest
order by
    case scored when 'Comparable, scored' then 1 when 'Comparable, nothing to predict it from' then 2 else 3 end,
    model, estimates.backtest.gpu, gpus, seconds desc, case_text, source
