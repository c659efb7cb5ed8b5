-- description: Accelerators by what they do for their power and their memory: dense BF16 rate per
-- watt, memory per BF16 rate, bandwidth per rate, and H100-equivalents. One row per accelerator.
-- grain: gpu_key
select
    gpu.gpu_key,
    gpu.title,
    gpu.is_gaming,
    gpu.bf16_dense_tflops,
    round(gpu.bf16_dense_tflops / nullif(gpu.tdp_w, 0), 3) as bf16_dense_tflops_per_w,
    round(1000 * gpu.memory_gb / nullif(gpu.bf16_dense_tflops, 0), 1) as memory_gb_per_pflops,
    round(gpu.memory_bandwidth_gb_s / nullif(gpu.bf16_dense_tflops, 0), 2) as gb_s_per_tflops,
    round(gpu_equivalence.h100e, 3) as h100e_bf16_dense
from marts.gpu
left join marts.gpu_equivalence
    on gpu_equivalence.gpu_key = gpu.gpu_key and gpu_equivalence.basis = 'bf16_dense'
where gpu.bf16_dense_tflops is not null
order by bf16_dense_tflops_per_w desc nulls last, gpu.gpu_key
