-- description: Accelerators of a designer that an owner bought in a quarter, every chip together,
-- H100-equivalents on the publisher's 8-bit basis; the bundled edition has none. One row per owner,
-- designer and quarter.
-- grain: owner, designer, quarter_end

with chip_holding as (
    select
        owner,
        designer,
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
    where is_calendar and not is_running_total and designer <> 'all' and chip = 'all'
)

select * from chip_holding
