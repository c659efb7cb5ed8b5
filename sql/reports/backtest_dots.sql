-- description: Measured and predicted seconds of published timings, each predicted from other models, by class of GPU and software. One row per timing that has a prediction.
-- grain: model, gpu, gpus, case_text, source
select
    model,
    gpu,
    gpus,
    case_text,
    source,
    seconds as measured,
    predicted_seconds as predicted,
    case fitted_from
        when 'Hopper stock' then 'Hopper, stock software'
        when 'Hopper fused' then 'Hopper, fused kernels'
        else 'Other GPUs'
    end as gpu_class,
    is_comparable
from estimates.backtest
where predicted_seconds is not null
order by
    case gpu_class when 'Hopper, stock software' then 1 when 'Hopper, fused kernels' then 2 else 3 end,
    seconds, model, gpu, gpus, case_text, source
