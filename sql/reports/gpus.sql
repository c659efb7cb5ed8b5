-- description: Accelerators that were out at the report's date and are as fast as the fastest gaming card or faster, workstation cards left out, with H100-equivalents on both peak bases. One row per accelerator.
-- grain: gpu_key
with out_by_then as (
    select gpu.*, gpu_equivalence.h100e as h100e_bf16_dense
    from marts.gpu
    inner join marts.gpu_equivalence using (gpu_key)
    where gpu_equivalence.basis = 'bf16_dense'
        and gpu.is_vendor_checked
        and not gpu.is_workstation
        and gpu.published_date <= (select report_date from marts.build)
)
select
    gpu.gpu_key,
    gpu.title,
    case when gpu.is_gaming then 'gaming card' end as kind,
    gpu.bf16_dense_tflops,
    gpu.fp8_dense_tflops,
    gpu.h100e_bf16_dense,
    fp8.h100e as h100e_fp8_dense,
    gpu.memory_gb,
    gpu.memory_bandwidth_gb_s,
    gpu.tdp_w,
    1000 * gpu.bf16_dense_tflops / gpu.tdp_w as gflops_per_w
from out_by_then as gpu
left join marts.gpu_equivalence as fp8
    on fp8.gpu_key = gpu.gpu_key and fp8.basis = 'fp8_dense'
where gpu.h100e_bf16_dense >= coalesce(
    (select max(h100e_bf16_dense) from out_by_then where is_gaming), 0
)
order by gpu.h100e_bf16_dense desc, gpu.gpu_key
