-- description: Accelerators that an owner bought in a quarter by chip, in units and
-- H100-equivalents on both bases. Where the edition has running totals alone, as the bundled one,
-- it is the difference of their medians, without an interval. One row per owner, designer, chip
-- and quarter.
-- grain: owner, designer, chip, quarter_end
-- column is_difference_of_medians: Whether it is the difference of two running totals at the
-- medians, so that it has no interval.

with epoch as (
    select
        owner,
        designer,
        chip,
        period_end as quarter_end,
        units_p05,
        units_p50,
        units_p95,
        h100e_8bit_epoch_p05,
        h100e_8bit_epoch_p50,
        h100e_8bit_epoch_p95,
        is_incomplete,
        known_at
    from staging.epoch__chip_holding
    where is_calendar and not is_running_total and designer <> 'all' and chip <> 'all'
),

any_epoch as (
    select count(*) > 0 as is_there from staging.epoch__chip_holding
),

bundled as (
    select owner, chip, quarter_end, units_p50, h100e_8bit_epoch_p50, known_at
    from staging.bundled__owned_chip_cumulative
),

chip as (
    select chip, h100e_bf16_dense, known_at from marts.chip
),

-- From a running total of zero before its first quarter.
stepped as (
    select
        owner,
        'Nvidia' as designer,
        chip,
        quarter_end,
        units_p50 - lag(units_p50, 1, 0) over bought as units_p50,
        h100e_8bit_epoch_p50 - lag(h100e_8bit_epoch_p50, 1, 0) over bought as h100e_8bit_epoch_p50,
        true as is_difference_of_medians,
        known_at
    from bundled
    window bought as (partition by owner, chip order by quarter_end)
),

bought as (
    select *, false as is_difference_of_medians from epoch
    union all by name
    -- Revised medians can make a running total fall a little; nothing was given back.
    select * replace (
        greatest(units_p50, 0) as units_p50,
        greatest(h100e_8bit_epoch_p50, 0) as h100e_8bit_epoch_p50
    )
    from stepped
    where not (select is_there from any_epoch)
),

owner_chip_quarter as (
    select
        bought.owner,
        bought.designer,
        bought.chip,
        bought.quarter_end,
        bought.units_p05,
        bought.units_p50,
        bought.units_p95,
        bought.h100e_8bit_epoch_p05,
        bought.h100e_8bit_epoch_p50,
        bought.h100e_8bit_epoch_p95,
        bought.units_p05 * chip.h100e_bf16_dense as h100e_bf16_dense_p05,
        bought.units_p50 * chip.h100e_bf16_dense as h100e_bf16_dense_p50,
        bought.units_p95 * chip.h100e_bf16_dense as h100e_bf16_dense_p95,
        bought.is_incomplete,
        bought.is_difference_of_medians,
        greatest(bought.known_at, chip.known_at) as known_at
    from bought
    left join chip using (chip)
)

select * from owner_chip_quarter
