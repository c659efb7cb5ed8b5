-- description: No specification is one of the figures that are widely copied and false: a sparse
-- rate given as dense, a rate with FP16 accumulate, the cache's bandwidth, or the memory as first
-- announced. One row per figure that is.

with gpu as (
    select gpu_key, bf16_dense_tflops, fp8_dense_tflops, memory_gb, memory_bandwidth_gb_s
    from marts.gpu
),

known_false as (
    select *
    from (
        values
            ('nvidia_rtx4090_24gb', 'bf16_dense_tflops', 330.3, 'FP16 with FP16 accumulate'),
            ('nvidia_rtx5090_32gb', 'bf16_dense_tflops', 838, 'sparse, with FP16 accumulate'),
            ('nvidia_a100_sxm4_80gb', 'bf16_dense_tflops', 624, 'sparse'),
            ('nvidia_h100_sxm5_80gb', 'bf16_dense_tflops', 1978.9, 'sparse'),
            ('nvidia_h100_sxm5_80gb', 'fp8_dense_tflops', 3957.8, 'sparse'),
            ('amd_mi300x_192gb', 'memory_bandwidth_gb_s', 10300, 'of the cache, not the memory'),
            ('amd_mi325x_256gb', 'memory_gb', 288, 'as announced; 256 were shipped')
    ) as known (gpu_key, figure, false_value, reason)
),

stated as (
    select gpu_key, 'bf16_dense_tflops' as figure, bf16_dense_tflops as value from gpu
    union all
    select gpu_key, 'fp8_dense_tflops', fp8_dense_tflops from gpu
    union all
    select gpu_key, 'memory_gb', memory_gb from gpu
    union all
    select gpu_key, 'memory_bandwidth_gb_s', memory_bandwidth_gb_s from gpu
)

-- 1 %, as such figures are also printed rounded.
select stated.*, known_false.reason
from stated
inner join known_false using (gpu_key, figure)
where abs(stated.value / known_false.false_value - 1) < 0.01
