-- description: Accelerators by owner, as Epoch AI counts them in its newest edition, which
-- replaces the ones before as a whole: bought in a quarter, or in all since the first quarter that
-- is counted; H100-equivalents on the publisher's 8-bit basis. Retirements are not modelled. One
-- row per owner, designer, chip and period.
-- grain: owner, designer, chip, period_start, period_end, is_running_total
-- column chip: Chip family, as the publisher counts it; all: every chip of the designer.
-- column note: What the publisher says of the row; null: nothing.

with source_rows as (
    select * from raw.epoch__chip_holding
),

newest as (
    select *
    from source_rows
    qualify dense_rank() over (order by known_at desc, payload_sha256) = 1
),

renamed as (
    select
        owner,
        owner_confidence,
        coalesce(designer, 'all') as designer,
        coalesce(chip, 'all') as chip,
        period_start,
        period_end,
        is_running_total,
        is_calendar,
        cast(round(units_p05) as bigint) as units_p05,
        cast(round(units_p50) as bigint) as units_p50,
        cast(round(units_p95) as bigint) as units_p95,
        h100e_p05 as h100e_8bit_epoch_p05,
        h100e_p50 as h100e_8bit_epoch_p50,
        h100e_p95 as h100e_8bit_epoch_p95,
        power_w_p05,
        power_w_p50,
        power_w_p95,
        is_incomplete,
        note,
        source_link,
        member,
        payload_sha256,
        known_at
    from newest
),

latest as (
    select *
    from renamed
    qualify row_number() over (
        partition by owner, designer, chip, period_start, period_end, is_running_total
        order by member
    ) = 1
)

select * from latest
