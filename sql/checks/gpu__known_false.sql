-- description: No specification that counts is one of the figures that are widely copied and
-- false: a sparse rate given as dense, a rate with FP16 accumulate or of the shaders, one die or
-- card for the package, the cache's bandwidth, a pair of cards, another board's figure, or what was
-- announced and not shipped. One row per figure that is.

with gpu as (
    select
        gpu_key,
        bf16_dense_tflops,
        fp16_dense_tflops,
        fp8_dense_tflops,
        fp4_dense_tflops,
        memory_gb,
        memory_bandwidth_gb_s,
        tdp_w
    from marts.gpu
),

known_false as (
    select *
    from (
        values
            ('nvidia_rtx4090_24gb', 'bf16_dense_tflops', 330.3, 'FP16 with FP16 accumulate'),
            ('nvidia_rtx4090_24gb', 'bf16_dense_tflops', 660.6, 'sparse, with FP16 accumulate'),
            ('nvidia_rtx4090_24gb', 'bf16_dense_tflops', 82.6, 'of the shaders'),
            ('nvidia_rtx4090_24gb', 'fp8_dense_tflops', 660.6, 'with FP16 accumulate'),
            ('nvidia_rtx4090d_24gb', 'bf16_dense_tflops', 294.2, 'FP16 with FP16 accumulate'),
            ('nvidia_rtx5090_32gb', 'bf16_dense_tflops', 419, 'FP16 with FP16 accumulate'),
            ('nvidia_rtx5090_32gb', 'bf16_dense_tflops', 838, 'sparse, with FP16 accumulate'),
            ('nvidia_rtx3090_24gb', 'bf16_dense_tflops', 142, 'FP16 with FP16 accumulate'),
            ('nvidia_rtx3090ti_24gb', 'bf16_dense_tflops', 160, 'FP16 with FP16 accumulate'),
            ('nvidia_rtx2080ti_11gb', 'fp16_dense_tflops', 113.8, 'with FP16 accumulate'),
            ('nvidia_a100_sxm4_80gb', 'bf16_dense_tflops', 624, 'sparse'),
            ('nvidia_a100_sxm4_80gb', 'bf16_dense_tflops', 78, 'of the shaders'),
            ('nvidia_a100_sxm4_40gb', 'bf16_dense_tflops', 624, 'sparse'),
            ('nvidia_a100_pcie_40gb', 'memory_bandwidth_gb_s', 1937, 'of the board with 80 GB'),
            ('nvidia_a100_pcie_40gb', 'tdp_w', 300, 'of the board with 80 GB'),
            ('nvidia_a100_pcie_80gb', 'memory_gb', 40, 'of the board with 40 GB'),
            ('nvidia_h100_sxm5_80gb', 'bf16_dense_tflops', 1978.9, 'sparse'),
            ('nvidia_h100_sxm5_80gb', 'bf16_dense_tflops', 133.8, 'of the shaders'),
            ('nvidia_h100_sxm5_80gb', 'bf16_dense_tflops', 267.6, 'four times FP32, no rate'),
            ('nvidia_h100_sxm5_80gb', 'fp8_dense_tflops', 3957.8, 'sparse'),
            ('nvidia_h100_pcie_80gb', 'bf16_dense_tflops', 1513, 'sparse'),
            ('nvidia_h100_nvl_94gb', 'bf16_dense_tflops', 1978.8, 'sparse, and of the SXM board'),
            ('nvidia_h100_nvl_94gb', 'bf16_dense_tflops', 1671, 'sparse'),
            ('nvidia_h100_nvl_94gb', 'memory_gb', 188, 'of a pair of cards'),
            ('nvidia_h200_sxm_141gb', 'bf16_dense_tflops', 1978.9, 'sparse'),
            ('nvidia_h200_sxm_141gb', 'memory_bandwidth_gb_s', 4890, 'data rate too high'),
            ('nvidia_h200_nvl_141gb', 'memory_bandwidth_gb_s', 4890, 'data rate too high'),
            ('nvidia_b200_sxm_180gb', 'bf16_dense_tflops', 4500, 'sparse'),
            ('nvidia_b200_sxm_180gb', 'bf16_dense_tflops', 1191, 'of one die of two'),
            ('nvidia_b200_sxm_180gb', 'memory_gb', 90, 'of one die of two'),
            ('nvidia_b200_sxm_180gb', 'memory_bandwidth_gb_s', 4100, 'of one die of two'),
            ('nvidia_b300_sxm_270gb', 'memory_gb', 144, 'of one die of two'),
            ('nvidia_b300_sxm_270gb', 'memory_bandwidth_gb_s', 4100, 'of one die of two'),
            ('nvidia_gb200_per_gpu', 'bf16_dense_tflops', 5000, 'sparse, or of a superchip'),
            ('nvidia_gb200_per_gpu', 'memory_gb', 372, 'of a superchip'),
            ('nvidia_l4_24gb', 'bf16_dense_tflops', 242, 'sparse'),
            ('nvidia_l40s_48gb', 'bf16_dense_tflops', 733, 'sparse'),
            ('nvidia_l40s_48gb', 'tdp_w', 300, 'of the L40'),
            ('nvidia_p40_24gb', 'memory_bandwidth_gb_s', 694.3, 'data rate counted twice'),
            ('amd_mi300x_192gb', 'bf16_dense_tflops', 2614.9, 'sparse'),
            ('amd_mi300x_192gb', 'bf16_dense_tflops', 653.7, 'half the matrix rate'),
            ('amd_mi300x_192gb', 'memory_bandwidth_gb_s', 10300, 'of the cache'),
            ('amd_mi325x_256gb', 'memory_bandwidth_gb_s', 10300, 'of the cache'),
            ('amd_mi325x_256gb', 'memory_gb', 288, 'as announced; 256 were shipped'),
            ('amd_mi300a_128gb', 'memory_gb', 192, 'of the MI300X'),
            ('amd_mi300a_128gb', 'memory_bandwidth_gb_s', 10300, 'of the cache'),
            ('amd_mi308x_192gb', 'memory_bandwidth_gb_s', 10300, 'of the cache'),
            ('amd_mi308x_192gb', 'bf16_dense_tflops', 653.7, 'half that of the MI300X'),
            ('amd_mi355x_288gb', 'fp8_dense_tflops', 4600, 'of the MI350X'),
            ('amd_mi355x_288gb', 'fp4_dense_tflops', 9200, 'of the MI350X'),
            ('amd_mi355x_288gb', 'fp8_dense_tflops', 10066, 'sparse'),
            ('amd_mi250x_128gb', 'bf16_dense_tflops', 191.5, 'of one die of two')
    ) as known (gpu_key, figure, false_value, reason)
),

stated as (
    select gpu_key, 'bf16_dense_tflops' as figure, bf16_dense_tflops as value from gpu
    union all
    select gpu_key, 'fp16_dense_tflops', fp16_dense_tflops from gpu
    union all
    select gpu_key, 'fp8_dense_tflops', fp8_dense_tflops from gpu
    union all
    select gpu_key, 'fp4_dense_tflops', fp4_dense_tflops from gpu
    union all
    select gpu_key, 'memory_gb', memory_gb from gpu
    union all
    select gpu_key, 'memory_bandwidth_gb_s', memory_bandwidth_gb_s from gpu
    union all
    select gpu_key, 'tdp_w', tdp_w from gpu
)

-- 1 %, as such figures are also printed rounded.
select stated.*, known_false.reason
from stated
inner join known_false using (gpu_key, figure)
where abs(stated.value / known_false.false_value - 1) < 0.01
