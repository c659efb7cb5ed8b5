-- description: Dense FP8 is twice dense BF16 within 5 %: a factor of 4 would be a sparse figure.
-- Rate, memory and bandwidth are there, and above zero as power is. One row per accelerator that
-- is off.

with gpu as (
    select
        gpu_key,
        bf16_dense_tflops,
        fp8_dense_tflops,
        memory_gb,
        memory_bandwidth_gb_s,
        tdp_w
    from marts.gpu
)

select *
from gpu
where
    coalesce(bf16_dense_tflops <= 0, true)
    or abs(fp8_dense_tflops / bf16_dense_tflops / 2 - 1) > 0.05
    or coalesce(memory_gb <= 0, true)
    or coalesce(memory_bandwidth_gb_s <= 0, true)
    or tdp_w <= 0
