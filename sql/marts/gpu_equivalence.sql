-- description: How many H100 SXM an accelerator equals by peak rate, on bases that are never
-- mixed. One row per accelerator and basis.
-- grain: gpu_key, basis
-- column basis: Rate that is compared: bf16_dense, fp8_dense or int8_dense.

with gpu_spec_cell as (
    select gpu_key, field, value, is_winner, known_at from marts.gpu_spec_cell
),

-- An accelerator without a precision has no equivalence on its basis.
rate as (
    select
        gpu_key,
        case field
            when 'bf16_dense_tflops' then 'bf16_dense'
            when 'fp8_dense_tflops' then 'fp8_dense'
            when 'int8_dense_tops' then 'int8_dense'
        end as basis,
        value as rate,
        known_at
    from gpu_spec_cell
    where is_winner and field in ('bf16_dense_tflops', 'fp8_dense_tflops', 'int8_dense_tops')
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
)

select * from gpu_equivalence
