-- description: What each owner had bought of Nvidia by the newest quarter end, in units and
-- H100-equivalents (8-bit basis), median with its 90 % range. Percentiles of owners do not add
-- up. One row per owner.
-- grain: owner
select
    owner,
    quarter_end,
    units_p05,
    units_p50,
    units_p95,
    round(h100e_8bit_epoch_p05) as h100e_8bit_epoch_p05,
    round(h100e_8bit_epoch_p50) as h100e_8bit_epoch_p50,
    round(h100e_8bit_epoch_p95) as h100e_8bit_epoch_p95
from marts.fleet_quarter
where
    designer = 'Nvidia'
    and quarter_end = (select max(quarter_end) from marts.fleet_quarter where designer = 'Nvidia')
order by h100e_8bit_epoch_p50 desc, owner
