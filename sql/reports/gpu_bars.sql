-- description: H100-equivalents of the accelerators that were out at the report's date and equal an eighth of an H100 or more, workstation cards left out, dense BF16 basis, largest first. One row per accelerator.
-- grain: label
select
    replace(gpu.title, 'NVIDIA ', '') as label,
    gpu_equivalence.h100e as value,
    gpu.is_gaming as is_highlighted
from marts.gpu
inner join marts.gpu_equivalence using (gpu_key)
where gpu_equivalence.basis = 'bf16_dense'
    and gpu_equivalence.h100e >= 0.125
    and gpu.is_vendor_checked and not gpu.is_workstation
    and gpu.published_date <= (select report_date from marts.build)
order by gpu_equivalence.h100e desc, gpu.title
