-- description: Accelerators that an owner has bought since the first quarter that is counted by
-- chip, H100-equivalents on both bases (bf16_dense null where the chip's specification is
-- unknown). Where the edition has quarters alone, medians are summed up and there is no interval.
-- One row per owner, designer, chip and quarter end.
-- grain: owner, designer, chip, quarter_end
-- column is_sum_of_medians: Whether it is a sum of quarters at the medians, so that it has no
-- interval.

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
        known_at
    from staging.epoch__chip_holding
    where is_calendar and is_running_total and designer <> 'all' and chip <> 'all'
),

any_epoch as (
    select count(*) > 0 as is_there from staging.epoch__chip_holding
),

bundled as (
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

owner_chip_quarter as (
    select
        owner,
        designer,
        chip,
        quarter_end,
        units_p50,
        h100e_8bit_epoch_p50,
        known_at
    from marts.owner_chip_quarter
    where not is_difference_of_medians
),

fleet_quarter as (
    select owner, designer, quarter_end from marts.fleet_quarter
),

chip as (
    select chip, h100e_bf16_dense, known_at from marts.chip
),

-- A chip that is bought no more is still there: at every quarter end of its owner.
summed as (
    select
        bought.owner,
        bought.designer,
        bought.chip,
        fleet.quarter_end,
        cast(sum(bought.units_p50) as bigint) as units_p50,
        sum(bought.h100e_8bit_epoch_p50) as h100e_8bit_epoch_p50,
        max(bought.known_at) as known_at
    from fleet_quarter as fleet
    inner join owner_chip_quarter as bought
        on bought.owner = fleet.owner
        and bought.designer = fleet.designer
        and bought.quarter_end <= fleet.quarter_end
    group by bought.owner, bought.designer, bought.chip, fleet.quarter_end
),

owned as (
    select *, false as is_sum_of_medians from epoch
    union all by name
    select *, true as is_sum_of_medians from summed where not exists (select 1 from epoch)
    union all by name
    select *, 'Nvidia' as designer, false as is_sum_of_medians
    from bundled
    where not (select is_there from any_epoch)
),

fleet_chip_quarter as (
    select
        owned.owner,
        owned.designer,
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
        owned.is_sum_of_medians,
        greatest(owned.known_at, chip.known_at) as known_at
    from owned
    left join chip using (chip)
)

select * from fleet_chip_quarter
