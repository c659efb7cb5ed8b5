-- description: Dense FP8 is twice dense BF16 within 5 %, or runs at its rate: a factor of 4 would
-- be a sparse figure. Where the figures are vendor-checked a rate, memory and bandwidth are
-- there; no figure is zero or below. One row per accelerator that is off.

with gpu as (
    select
        gpu_key,
        is_vendor_checked,
        bf16_dense_tflops,
        fp16_dense_tflops,
        fp8_dense_tflops,
        fp4_dense_tflops,
        int8_dense_tops,
        memory_gb,
        memory_bandwidth_gb_s,
        tdp_w
    from marts.gpu
),

-- MXFP8 of the Trainium3 shares scales between values and runs at 3.75 times BF16; public tables
-- differ on the A10G by a factor of 1.8, so its rates stay empty.
excepted as (
    select *
    from (
        values ('amazon_trainium3_144gb', 'ratio'), ('nvidia_a10g_24gb', 'rate')
    ) as listed (gpu_key, of)
)

select gpu.*
from gpu
left join excepted using (gpu_key)
where
    (
        abs(gpu.fp8_dense_tflops / gpu.bf16_dense_tflops / 2 - 1) > 0.05
        and abs(gpu.fp8_dense_tflops / gpu.bf16_dense_tflops - 1) > 0.05
        and coalesce(excepted.of != 'ratio', true)
        and gpu.is_vendor_checked
    )
    or (
        gpu.is_vendor_checked
        and coalesce(gpu.bf16_dense_tflops, gpu.fp16_dense_tflops, gpu.int8_dense_tops) is null
        and coalesce(excepted.of != 'rate', true)
    )
    or (gpu.is_vendor_checked and gpu.memory_gb is null)
    or (gpu.is_vendor_checked and gpu.memory_bandwidth_gb_s is null)
    or gpu.bf16_dense_tflops <= 0
    or gpu.fp16_dense_tflops <= 0
    or gpu.fp8_dense_tflops <= 0
    or gpu.fp4_dense_tflops <= 0
    or gpu.int8_dense_tops <= 0
    or gpu.memory_gb <= 0
    or gpu.memory_bandwidth_gb_s <= 0
    or gpu.tdp_w <= 0
