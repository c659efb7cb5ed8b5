-- description: Nvidia accelerators of the large owners at the last quarter end, largest first; 8-bit basis as given by Epoch AI. One row per owner.
-- grain: label
select
    owner as label,
    quarter_end,
    h100e_8bit_epoch_p05 as p05,
    h100e_8bit_epoch_p50 as p50,
    h100e_8bit_epoch_p95 as p95,
    owner in ('Microsoft', 'Meta', 'Google') as is_highlighted
from marts.fleet_quarter
where designer = 'Nvidia'
    and quarter_end = (
    select max(quarter_end) from marts.fleet_quarter
    where designer = 'Nvidia'
        and quarter_end <= (select report_date from marts.build)
)
order by h100e_8bit_epoch_p50 desc
