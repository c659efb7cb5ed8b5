-- description: Minutes of video that an hour of one GPU makes, at the median and with stock
-- software, by model and card; beside it how many of the card share a clip where one alone does not
-- hold it. One row per model.
-- grain: model
with shown as (
    select *
    from (
        values
            (1, 'Wan2.1-14B', '720p'),
            (2, 'Wan2.1-1.3B', '480p'),
            (3, 'Wan2.2-5B', '720p'),
            (4, 'HunyuanVideo', '720p'),
            (5, 'Open-Sora2-11B', '768px'),
            (6, 'Sora-20B', '1080p')
    ) as listed (place, model, workload)
),

made as (
    select
        place,
        model,
        workload,
        gpu_key,
        group_gpus,
        round(minutes_per_gpu_hour_p50, 3) as minutes
    from shown
    inner join estimates.workload_throughput using (model, workload)
    where software = 'stock'
)

select
    model,
    workload,
    max(minutes) filter (gpu_key = 'nvidia_h100_sxm5_80gb') as h100,
    max(group_gpus) filter (gpu_key = 'nvidia_h100_sxm5_80gb') as h100_gpus,
    max(minutes) filter (gpu_key = 'nvidia_h200_sxm_141gb') as h200,
    max(group_gpus) filter (gpu_key = 'nvidia_h200_sxm_141gb') as h200_gpus,
    max(minutes) filter (gpu_key = 'nvidia_a100_sxm4_80gb') as a100,
    max(group_gpus) filter (gpu_key = 'nvidia_a100_sxm4_80gb') as a100_gpus,
    max(minutes) filter (gpu_key = 'nvidia_rtx4090_24gb') as rtx_4090,
    max(group_gpus) filter (gpu_key = 'nvidia_rtx4090_24gb') as rtx_4090_gpus,
    max(minutes) filter (gpu_key = 'nvidia_rtx5090_32gb') as rtx_5090,
    max(group_gpus) filter (gpu_key = 'nvidia_rtx5090_32gb') as rtx_5090_gpus
from made
group by place, model, workload
order by place
