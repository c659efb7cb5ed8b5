-- description: An H100 equals one H100 at every workload that it holds, what does not hold it
-- equals none, all else equals some, with quantiles in order; of a workload that no H100 holds
-- nothing is said. One row per accelerator, workload and software of which that is not so.

with workload_throughput as (
    select gpu_key, model, workload, software, is_fitting, h100e_p05, h100e_p50, h100e_p95
    from estimates.workload_throughput
)

select *
from workload_throughput
where
    (
        -- Null together, where there is nothing to compare with.
        coalesce(h100e_p05, h100e_p50, h100e_p95) is not null
        and coalesce(not (0 <= h100e_p05 and h100e_p05 <= h100e_p50 and h100e_p50 <= h100e_p95), true)
    )
    or not isfinite(h100e_p95)
    or is_fitting is null
    or (is_fitting and h100e_p05 = 0)
    or (not is_fitting and h100e_p95 > 0)
    or (
        gpu_key = 'nvidia_h100_sxm5_80gb'
        and is_fitting
        and coalesce(not (h100e_p05 = 1 and h100e_p50 = 1 and h100e_p95 = 1), true)
    )
