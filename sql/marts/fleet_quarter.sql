-- description: Nvidia accelerators that an owner has bought since 2022, H100-equivalents on the
-- publisher's 8-bit basis; retirements are not modelled. One row per owner and quarter end.
-- grain: owner, quarter_end

with owned_cumulative as (
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
)

select * from owned_cumulative
