-- description: Accelerators shipped in a quarter of the calendar, in units and H100-equivalents on
-- both bases (bf16_dense null where the chip's specification is unknown). Of one edition of Epoch
-- AI's counts, the newest; the bundled one has Nvidia alone. Percentiles of chips and quarters do
-- not add up. One row per designer, chip and quarter.
-- grain: designer, chip, quarter_end

with epoch as (
    select
        designer,
        chip,
        period_start as quarter_start,
        period_end as quarter_end,
        units_p05,
        units_p50,
        units_p95,
        h100e_8bit_epoch_p05,
        h100e_8bit_epoch_p50,
        h100e_8bit_epoch_p95,
        power_w_p05,
        power_w_p50,
        power_w_p95,
        cost_usd_p05,
        cost_usd_p50,
        cost_usd_p95,
        is_incomplete,
        known_at
    from staging.epoch__chip_sale
    where is_calendar and not is_running_total and designer <> 'all' and chip <> 'all'
),

bundled as (
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
    select chip, h100e_bf16_dense, known_at from marts.chip
),

-- Editions are never mixed: a later one stands in place of the bundled one as a whole.
shipped as (
    select * from epoch
    union all by name
    select *, 'Nvidia' as designer from bundled where not exists (select 1 from epoch)
),

shipment_quarter as (
    select
        shipped.designer,
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
        shipped.power_w_p05,
        shipped.power_w_p50,
        shipped.power_w_p95,
        shipped.cost_usd_p05,
        shipped.cost_usd_p50,
        shipped.cost_usd_p95,
        shipped.is_incomplete,
        greatest(shipped.known_at, chip.known_at) as known_at
    from shipped
    left join chip using (chip)
)

select * from shipment_quarter
