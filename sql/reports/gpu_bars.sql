-- description: H100-equivalents of the accelerators that were out at the report's date and are as fast as the fastest gaming card or faster, workstation cards left out, dense BF16 basis, largest first. One row per accelerator.
-- grain: label
with out_by_then as (
    select gpu.title, gpu.is_gaming, gpu_equivalence.h100e
    from marts.gpu
    inner join marts.gpu_equivalence using (gpu_key)
    where gpu_equivalence.basis = 'bf16_dense'
        and gpu.is_vendor_checked
        and not gpu.is_workstation
        and gpu.published_date <= (select report_date from marts.build)
)
select
    replace(title, 'NVIDIA ', '') as label,
    h100e as value,
    is_gaming as is_highlighted
from out_by_then
where h100e >= coalesce((select max(h100e) from out_by_then where is_gaming), 0)
order by h100e desc, title
