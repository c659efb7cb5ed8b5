-- description: How many H100 SXM an accelerator equals by peak rate, on bases that are never
-- mixed. One row per accelerator and basis.
-- grain: gpu_key, basis
-- column basis: Rate that is compared: bf16_dense, fp8_dense or int8_dense.

with gpu as (
    select gpu_key, bf16_dense_tflops, fp8_dense_tflops, int8_dense_tops, known_at from marts.gpu
),

rate as (
    select gpu_key, 'bf16_dense' as basis, bf16_dense_tflops as rate, known_at from gpu
    union all
    select gpu_key, 'fp8_dense', fp8_dense_tflops, known_at from gpu
    union all
    select gpu_key, 'int8_dense', int8_dense_tops, known_at from gpu
),

reference as (
    select basis, rate, known_at from rate where gpu_key = 'nvidia_h100_sxm5_80gb'
),

gpu_equivalence as (
    select
        rate.gpu_key,
        rate.basis,
        rate.rate / reference.rate as h100e,
        greatest(rate.known_at, reference.known_at) as known_at
    from rate
    inner join reference using (basis)
    -- An accelerator without that precision has no equivalence on its basis.
    where rate.rate is not null
)

select * from gpu_equivalence
