-- description: Minutes of video that an H100 and an RTX 4090 make in an hour, and which of the five cards compared came out after the report's date. One row per report, none where no timing is known.
-- grain: large_p50
with made as (
    select gpu_key, model, workload, minutes_per_gpu_hour_p05 as p05,
        minutes_per_gpu_hour_p50 as p50, minutes_per_gpu_hour_p95 as p95
    from estimates.workload_throughput
    where software = 'stock'
),

later as (
    select string_agg(replace(title, 'NVIDIA ', ''), ', ' order by published_date) as cards
    from marts.gpu
    where gpu_key in ('nvidia_h200_sxm_141gb', 'nvidia_rtx5090_32gb')
        and published_date > (select report_date from marts.build)
)

select
    max(p50) filter (gpu_key = 'nvidia_h100_sxm5_80gb' and model = 'Wan2.1-14B' and workload = '720p')
        as large_p50,
    max(p50) filter (gpu_key = 'nvidia_h100_sxm5_80gb' and model = 'Wan2.2-5B' and workload = '720p')
        as small_p50,
    max(p50) filter (gpu_key = 'nvidia_rtx4090_24gb' and model = 'Wan2.2-5B' and workload = '720p')
        as gaming_p50,
    max(p05) filter (gpu_key = 'nvidia_h100_sxm5_80gb' and model = 'Sora-20B' and workload = '1080p')
        as sora_p05,
    max(p95) filter (gpu_key = 'nvidia_h100_sxm5_80gb' and model = 'Sora-20B' and workload = '1080p')
        as sora_p95,
    max(later.cards) as later_cards
from made
cross join later
having count(*) > 0
