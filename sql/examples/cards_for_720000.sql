-- description: How many cards of six kinds do the work of the 720,000 H100 that were said to be
-- needed, by video model; null where one card alone does not hold it. By peak rates, which leave
-- memory out, on the right. One row per card, model and workload.
-- grain: card, model, workload
select
    network_cards_needed.title as card,
    model,
    workload,
    is_fitting,
    round(needed_gb, 1) as needed_gb,
    round(needed_gpus_p05) as needed_gpus_p05,
    round(needed_gpus_p50) as needed_gpus_p50,
    round(needed_gpus_p95) as needed_gpus_p95,
    round(needed_gpus_bf16_dense) as needed_gpus_bf16_dense,
    round(needed_gpus_8bit_dense) as needed_gpus_8bit_dense
from estimates.network_cards_needed
inner join estimates.workload using (model, workload)
where workload.medium = 'video'
order by model, workload, needed_gpus_p50 nulls last, card
