-- description: Percentiles of fleets and shipments are in order: p05, p50, p95, none below zero.
-- One row per interval that is not.

with interval as (
    select
        'marts.fleet_quarter' as model,
        owner as part,
        quarter_end,
        units_p05,
        units_p50,
        units_p95,
        h100e_8bit_epoch_p05,
        h100e_8bit_epoch_p50,
        h100e_8bit_epoch_p95
    from marts.fleet_quarter
    union all
    select
        'marts.fleet_chip_quarter',
        owner || ' ' || chip,
        quarter_end,
        units_p05,
        units_p50,
        units_p95,
        h100e_8bit_epoch_p05,
        h100e_8bit_epoch_p50,
        h100e_8bit_epoch_p95
    from marts.fleet_chip_quarter
    union all
    select
        'marts.fleet_total_quarter',
        'all',
        quarter_end,
        units_p05,
        units_p50,
        units_p95,
        h100e_8bit_epoch_p05,
        h100e_8bit_epoch_p50,
        h100e_8bit_epoch_p95
    from marts.fleet_total_quarter
    union all
    select
        'marts.shipment_quarter',
        chip,
        quarter_end,
        units_p05,
        units_p50,
        units_p95,
        h100e_8bit_epoch_p05,
        h100e_8bit_epoch_p50,
        h100e_8bit_epoch_p95
    from marts.shipment_quarter
)

select *
from interval
where
    units_p05 < 0
    or units_p05 > units_p50
    or units_p50 > units_p95
    or h100e_8bit_epoch_p05 < 0
    or h100e_8bit_epoch_p05 > h100e_8bit_epoch_p50
    or h100e_8bit_epoch_p50 > h100e_8bit_epoch_p95
