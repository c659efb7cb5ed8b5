-- description: The fastest gaming card of the report's date against an H100, and how many accelerators are as fast or faster, workstation cards left out. One row per report.
-- grain: title
with out_by_then as (
    select gpu.title, gpu.is_gaming, gpu.memory_gb, gpu_equivalence.h100e
    from marts.gpu
    inner join marts.gpu_equivalence using (gpu_key)
    where gpu_equivalence.basis = 'bf16_dense'
        and gpu.is_vendor_checked
        and not gpu.is_workstation
        and gpu.published_date <= (select report_date from marts.build)
)
select
    max_by(gpu.title, gpu.h100e) as title,
    max(gpu.h100e) as h100e_bf16_dense,
    max_by(gpu.memory_gb, gpu.h100e) as memory_gb,
    max_by(gpu.memory_gb / h100.memory_gb, gpu.h100e) as memory_share,
    max(timing.value_low) as workload_low,
    max(timing.value_high) as workload_high,
    (
        select count(*) from out_by_then
        where h100e >= coalesce((select max(h100e) from out_by_then where is_gaming), 0)
    ) as n_gpus
from out_by_then as gpu
left join marts.gpu as h100 on h100.gpu_key = 'nvidia_h100_sxm5_80gb'
left join marts.claim as timing on timing.claim_id = 'rtx-4090-to-h100'
where gpu.is_gaming
