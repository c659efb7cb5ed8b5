-- description: Range of measured output on one H100 or H200, all models and those of 11 to 14 billion parameters in all steps. One row per report.
-- grain: n_timings
select
    count(*) as n_timings,
    min(minutes_per_gpu_hour) as least,
    max(minutes_per_gpu_hour) as most,
    min(minutes_per_gpu_hour) filter (is_large and not is_distilled) as large_least,
    max(minutes_per_gpu_hour) filter (is_large and not is_distilled) as large_most,
    max(minutes_per_gpu_hour) filter (is_large and is_distilled) as large_distilled
from (
    select *, model like 'Wan%14B' or model like 'Open-Sora2%' as is_large
    from marts.video_timing
    where gpus = 1
        and gpu in ('H100', 'H200')
        and is_comparable
        and minutes_per_gpu_hour is not null
        and resolution in ('720p', '768px', '480p')
)
