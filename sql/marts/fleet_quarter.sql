-- description: Accelerators of a designer that an owner has bought since the first quarter that is
-- counted, H100-equivalents on the publisher's 8-bit basis; retirements are not modelled. Of one
-- edition of Epoch AI's counts, the newest; the bundled one has Nvidia alone. Percentiles of
-- owners do not add up. One row per owner, designer and quarter end.
-- grain: owner, designer, quarter_end

with epoch as (
    select
        owner,
        owner_confidence,
        designer,
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
        is_incomplete,
        known_at
    from staging.epoch__chip_holding
    where is_calendar and is_running_total and designer <> 'all' and chip = 'all'
),

bundled as (
    select
        owner,
        quarter_end,
        units_p05,
        units_p50,
        units_p95,
        h100e_8bit_epoch_p05,
        h100e_8bit_epoch_p50,
        h100e_8bit_epoch_p95,
        known_at
    from staging.bundled__owned_cumulative
),

-- The bundled edition says it of shipments alone.
unfinished as (
    select quarter_end, bool_or(is_incomplete) as is_incomplete
    from staging.bundled__shipped_chip_quarter
    group by quarter_end
),

owned_cumulative as (
    select * from epoch
    union all by name
    select bundled.*, 'Nvidia' as designer, unfinished.is_incomplete
    from bundled
    left join unfinished using (quarter_end)
    where not exists (select 1 from epoch)
),

fleet_quarter as (
    select
        owner,
        designer,
        quarter_end,
        owner_confidence,
        units_p05,
        units_p50,
        units_p95,
        h100e_8bit_epoch_p05,
        h100e_8bit_epoch_p50,
        h100e_8bit_epoch_p95,
        power_w_p05,
        power_w_p50,
        power_w_p95,
        is_incomplete,
        known_at
    from owned_cumulative
)

select * from fleet_quarter
