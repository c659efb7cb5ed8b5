-- description: Nvidia accelerators that an owner has bought since 2022 by chip, H100-equivalents
-- on both bases (bf16_dense null where the chip's specification is unknown). One row per owner,
-- chip and quarter end.
-- grain: owner, chip, quarter_end

with owned_chip_cumulative as (
    select
        owner,
        chip,
        quarter_end,
        units_p05,
        units_p50,
        units_p95,
        h100e_8bit_epoch_p05,
        h100e_8bit_epoch_p50,
        h100e_8bit_epoch_p95,
        known_at
    from staging.bundled__owned_chip_cumulative
),

chip as (
    select chip, h100e_bf16_dense from marts.chip
),

fleet_chip_quarter as (
    select
        owned.owner,
        owned.chip,
        owned.quarter_end,
        owned.units_p05,
        owned.units_p50,
        owned.units_p95,
        owned.h100e_8bit_epoch_p05,
        owned.h100e_8bit_epoch_p50,
        owned.h100e_8bit_epoch_p95,
        owned.units_p05 * chip.h100e_bf16_dense as h100e_bf16_dense_p05,
        owned.units_p50 * chip.h100e_bf16_dense as h100e_bf16_dense_p50,
        owned.units_p95 * chip.h100e_bf16_dense as h100e_bf16_dense_p95,
        owned.known_at
    from owned_chip_cumulative as owned
    inner join chip using (chip)
)

select * from fleet_chip_quarter
