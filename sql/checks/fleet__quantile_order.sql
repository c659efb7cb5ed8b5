-- description: Percentiles of fleets and shipments are there and in order: p05, p50, p95, none
-- below zero. On the dense BF16 basis an interval may be unknown, but only as a whole. One row per
-- interval that is not so.

with part as (
    select
        'marts.fleet_quarter' as model,
        owner || ' ' || designer as part,
        quarter_end,
        units_p05,
        units_p50,
        units_p95,
        h100e_8bit_epoch_p05,
        h100e_8bit_epoch_p50,
        h100e_8bit_epoch_p95,
        null as h100e_bf16_dense_p05,
        null as h100e_bf16_dense_p50,
        null as h100e_bf16_dense_p95
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
        h100e_8bit_epoch_p95,
        h100e_bf16_dense_p05,
        h100e_bf16_dense_p50,
        h100e_bf16_dense_p95
    from marts.fleet_chip_quarter
    -- Sums of medians have no interval, and say so.
    where not coalesce(is_sum_of_medians, false)
    union all
    select
        'marts.fleet_total_quarter',
        designer,
        quarter_end,
        units_p05,
        units_p50,
        units_p95,
        h100e_8bit_epoch_p05,
        h100e_8bit_epoch_p50,
        h100e_8bit_epoch_p95,
        h100e_bf16_dense_p05,
        h100e_bf16_dense_p50,
        h100e_bf16_dense_p95
    from marts.fleet_total_quarter
    union all
    select
        'marts.shipment_quarter',
        designer || ' ' || chip,
        quarter_end,
        units_p05,
        units_p50,
        units_p95,
        h100e_8bit_epoch_p05,
        h100e_8bit_epoch_p50,
        h100e_8bit_epoch_p95,
        h100e_bf16_dense_p05,
        h100e_bf16_dense_p50,
        h100e_bf16_dense_p95
    from marts.shipment_quarter
),

interval as (
    select
        model,
        part,
        quarter_end,
        'units' as basis,
        units_p05 as p05,
        units_p50 as p50,
        units_p95 as p95
    from part
    union all
    select
        model,
        part,
        quarter_end,
        '8bit_epoch',
        h100e_8bit_epoch_p05,
        h100e_8bit_epoch_p50,
        h100e_8bit_epoch_p95
    from part
    union all
    select
        model,
        part,
        quarter_end,
        'bf16_dense',
        h100e_bf16_dense_p05,
        h100e_bf16_dense_p50,
        h100e_bf16_dense_p95
    from part
    where coalesce(h100e_bf16_dense_p05, h100e_bf16_dense_p50, h100e_bf16_dense_p95) is not null
)

select *
from interval
where coalesce(p05 < 0, true) or coalesce(p05 > p50, true) or coalesce(p50 > p95, true)
