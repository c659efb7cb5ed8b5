-- description: Minutes of video and images that one GPU makes in an hour with stock software, five cards side by side. One row per model and workload.
-- grain: model, workload
with asked (place, model, workload) as (
    values
    (1, 'Wan2.1-14B', '720p'),
    (2, 'Wan2.1-1.3B', '480p'),
    (3, 'Wan2.2-5B', '720p'),
    (4, 'HunyuanVideo', '720p'),
    (5, 'Open-Sora2-11B', '768px'),
    (6, 'Sora-20B', '1080p'),
    (7, 'FLUX.1-dev', '1024px'),
    (8, 'SD3.5-large', '1024px'),
    (9, 'PixArt-Sigma', '1024px'),
    (10, 'Qwen-Image', '1024px')
),

card (gpu_key, card) as (
    values
    ('nvidia_h100_sxm5_80gb', 'h100'),
    ('nvidia_h200_sxm_141gb', 'h200'),
    ('nvidia_a100_sxm4_80gb', 'a100'),
    ('nvidia_rtx5090_32gb', 'rtx5090'),
    ('nvidia_rtx4090_24gb', 'rtx4090')
),

made as (
    select
        asked.place,
        workload.model,
        workload.workload,
        workload.title,
        workload.medium,
        workload.frames,
        workload.steps,
        workload.passes,
        card.card,
        coalesce(minutes_per_gpu_hour_p05, clips_per_gpu_hour_p05) as p05,
        coalesce(minutes_per_gpu_hour_p50, clips_per_gpu_hour_p50) as p50,
        coalesce(minutes_per_gpu_hour_p95, clips_per_gpu_hour_p95) as p95,
        case
            when group_gpus is null then 'over 8 GPUs'
            else concat_ws(
                ', ',
                case when group_gpus > 1 then group_gpus || ' GPUs' end,
                case when weight_bits < 16 then weight_bits || '-bit' end
            )
        end as remark
    from asked
    inner join estimates.workload as workload using (model, workload)
    inner join estimates.workload_throughput as throughput using (model, workload)
    inner join card using (gpu_key)
    where throughput.software = 'stock'
)

select
    model,
    workload,
    title,
    case medium
        when 'video' then 'Minutes of video per GPU-hour'
        else 'Images per GPU-hour'
    end as made,
    frames,
    steps * passes as evaluations,
    max(p05) filter (card = 'h100') as h100_p05,
    max(p50) filter (card = 'h100') as h100_p50,
    max(p95) filter (card = 'h100') as h100_p95,
    max(remark) filter (card = 'h100') as h100_remark,
    max(p05) filter (card = 'h200') as h200_p05,
    max(p50) filter (card = 'h200') as h200_p50,
    max(p95) filter (card = 'h200') as h200_p95,
    max(remark) filter (card = 'h200') as h200_remark,
    max(p05) filter (card = 'a100') as a100_p05,
    max(p50) filter (card = 'a100') as a100_p50,
    max(p95) filter (card = 'a100') as a100_p95,
    max(remark) filter (card = 'a100') as a100_remark,
    max(p05) filter (card = 'rtx5090') as rtx5090_p05,
    max(p50) filter (card = 'rtx5090') as rtx5090_p50,
    max(p95) filter (card = 'rtx5090') as rtx5090_p95,
    max(remark) filter (card = 'rtx5090') as rtx5090_remark,
    max(p05) filter (card = 'rtx4090') as rtx4090_p05,
    max(p50) filter (card = 'rtx4090') as rtx4090_p50,
    max(p95) filter (card = 'rtx4090') as rtx4090_p95,
    max(remark) filter (card = 'rtx4090') as rtx4090_remark
from made
group by place, model, workload, title, medium, frames, steps, passes
order by place
