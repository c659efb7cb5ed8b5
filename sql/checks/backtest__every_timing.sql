-- description: Every published timing is in the back-test, with a prediction within its interval
-- or with the reason why there is none. One row per timing of which that is not so.

with video_timing as (
    select
        model,
        gpu,
        gpus,
        coalesce(case_text, '') as case_text,
        coalesce(source, '') as source
    from marts.video_timing
),

backtest as (
    select model, gpu, gpus, case_text, source, predicted_seconds, p10, p90, reason
    from estimates.backtest
)

select *
from video_timing
left join backtest using (model, gpu, gpus, case_text, source)
where
    (predicted_seconds is null and reason is null)
    or (
        predicted_seconds is not null
        and coalesce(not (0 < p10 and p10 <= predicted_seconds and predicted_seconds <= p90), true)
    )
