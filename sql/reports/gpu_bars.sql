-- description: H100-equivalents of the accelerators that were out at the report's date and are as fast as the fastest gaming card or faster, workstation cards left out, dense BF16 basis, largest first; models that differ in memory or board alone, and others of the same rate, share a row. One row per rate.
-- grain: label
with out_by_then as (
    select
        replace(gpu.title, 'NVIDIA ', '') as title,
        gpu.is_gaming,
        gpu_equivalence.h100e
    from marts.gpu
    inner join marts.gpu_equivalence using (gpu_key)
    where gpu_equivalence.basis = 'bf16_dense'
        and gpu.is_vendor_checked
        and not gpu.is_workstation
        and gpu.published_date <= (select report_date from marts.build)
),
named as (
    select
        h100e,
        is_gaming,
        regexp_replace(title, ' \d+ GB$', '') as board,
        regexp_replace(title, '( (PCIe|SXM\d?|NVL))? \d+ GB$', '') as family
    from out_by_then
    where h100e >= coalesce((select max(h100e) from out_by_then where is_gaming), 0)
),
labelled as (
    select
        h100e,
        is_gaming,
        -- The board is named where boards of one family differ in their rate.
        case
            when count(distinct h100e) over (partition by family) > 1 then board
            else family
        end as label
    from named
)
select
    string_agg(distinct label, ', ' order by label) as label,
    h100e as value,
    is_gaming as is_highlighted
from labelled
group by h100e, is_gaming
order by h100e desc, 1
