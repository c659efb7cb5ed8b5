-- description: The fastest gaming card of the report's date against an H100. One row per report.
-- grain: title
select
    max_by(gpu.title, bf16.h100e) as title,
    max(bf16.h100e) as h100e_bf16_dense,
    max_by(gpu.memory_gb, bf16.h100e) as memory_gb,
    max_by(gpu.memory_gb / h100.memory_gb, bf16.h100e) as memory_share,
    max(timing.value_low) as workload_low,
    max(timing.value_high) as workload_high,
    (
        select count(*)
        from marts.gpu
        inner join marts.gpu_equivalence using (gpu_key)
        where gpu_equivalence.basis = 'bf16_dense' and gpu_equivalence.h100e >= 0.125
            and gpu.is_vendor_checked and not gpu.is_workstation
            and gpu.published_date <= (select report_date from marts.build)
    ) as n_gpus
from marts.gpu
left join marts.gpu_equivalence as bf16
    on bf16.gpu_key = gpu.gpu_key and bf16.basis = 'bf16_dense'
left join marts.gpu as h100 on h100.gpu_key = 'nvidia_h100_sxm5_80gb'
left join marts.claim as timing on timing.claim_id = 'rtx-4090-to-h100'
where gpu.is_gaming and gpu.is_vendor_checked and gpu.published_date <= (select report_date from marts.build)
