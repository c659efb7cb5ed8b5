-- description: Accelerators that were out at the report's date and equal an eighth of an H100 or more, workstation cards left out, with H100-equivalents on both peak bases. One row per accelerator.
-- grain: gpu_key
select
    gpu.gpu_key,
    gpu.title || case when gpu.is_gaming then ' (gaming card)' else '' end as title,
    gpu.bf16_dense_tflops,
    gpu.fp8_dense_tflops,
    bf16.h100e as h100e_bf16_dense,
    fp8.h100e as h100e_fp8_dense,
    gpu.memory_gb,
    gpu.memory_bandwidth_gb_s,
    gpu.tdp_w,
    1000 * gpu.bf16_dense_tflops / gpu.tdp_w as gflops_per_w
from marts.gpu
left join marts.gpu_equivalence as bf16
    on bf16.gpu_key = gpu.gpu_key and bf16.basis = 'bf16_dense'
left join marts.gpu_equivalence as fp8
    on fp8.gpu_key = gpu.gpu_key and fp8.basis = 'fp8_dense'
where gpu.published_date <= (select report_date from marts.build)
    and bf16.h100e >= 0.125
    and gpu.is_vendor_checked and not gpu.is_workstation
order by bf16.h100e desc, gpu.gpu_key
