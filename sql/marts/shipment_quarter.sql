-- description: Nvidia accelerators shipped in a quarter, in units and H100-equivalents on both
-- bases (bf16_dense null where the chip's specification is unknown). One row per chip and quarter.
-- grain: chip, quarter_end

with shipped_chip_quarter as (
    select
        chip,
        quarter_start,
        quarter_end,
        units_p05,
        units_p50,
        units_p95,
        h100e_8bit_epoch_p05,
        h100e_8bit_epoch_p50,
        h100e_8bit_epoch_p95,
        is_incomplete,
        known_at
    from staging.bundled__shipped_chip_quarter
),

chip as (
    select chip, h100e_bf16_dense from marts.chip
),

shipment_quarter as (
    select
        shipped.chip,
        shipped.quarter_start,
        shipped.quarter_end,
        shipped.units_p05,
        shipped.units_p50,
        shipped.units_p95,
        shipped.h100e_8bit_epoch_p05,
        shipped.h100e_8bit_epoch_p50,
        shipped.h100e_8bit_epoch_p95,
        shipped.units_p05 * chip.h100e_bf16_dense as h100e_bf16_dense_p05,
        shipped.units_p50 * chip.h100e_bf16_dense as h100e_bf16_dense_p50,
        shipped.units_p95 * chip.h100e_bf16_dense as h100e_bf16_dense_p95,
        shipped.is_incomplete,
        shipped.known_at
    from shipped_chip_quarter as shipped
    inner join chip using (chip)
)

select * from shipment_quarter
