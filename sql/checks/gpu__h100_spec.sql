-- description: The H100 SXM, the unit of all equivalents, has 989.4 TFLOPS in dense BF16, and
-- equals one of itself. One row per figure that differs.

with gpu as (
    select gpu_key, bf16_dense_tflops from marts.gpu
),

gpu_equivalence as (
    select gpu_key, basis, h100e from marts.gpu_equivalence
)

select gpu_key, bf16_dense_tflops as found
from gpu
where gpu_key = 'nvidia_h100_sxm5_80gb' and bf16_dense_tflops is distinct from 989.4
union all
select gpu_key, h100e as found
from gpu_equivalence
where gpu_key = 'nvidia_h100_sxm5_80gb' and h100e is distinct from 1
