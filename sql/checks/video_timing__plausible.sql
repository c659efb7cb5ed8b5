-- description: Timings are above zero, and no dense run exceeds the H100's peak by what its clip
-- would need: under 300 minutes of video per GPU-hour. One row per timing that is off.

with video_timing as (
    select model, gpu, case_text, seconds, gpus, steps, minutes_per_gpu_hour
    from marts.video_timing
)

select *
from video_timing
where
    coalesce(seconds <= 0, true)
    or coalesce(gpus <= 0, true)
    or steps <= 0
    or minutes_per_gpu_hour not between 0.001 and 300
