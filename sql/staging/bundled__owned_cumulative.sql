-- description: Nvidia accelerators owned since 2022, H100-equivalents on the publisher's 8-bit
-- basis. One row per owner and quarter end.
-- grain: owner, quarter_end

with source_rows as (
    select * from raw.bundled__owned_cumulative
),

renamed as (
    select
        owner,
        quarter_end,
        units_p05,
        units_p50,
        units_p95,
        h100e_p05 as h100e_8bit_epoch_p05,
        h100e_p50 as h100e_8bit_epoch_p50,
        h100e_p95 as h100e_8bit_epoch_p95,
        payload_sha256,
        known_at
    from source_rows
),

latest as (
    select *
    from renamed
    qualify row_number() over (
        partition by owner, quarter_end
        order by known_at desc, payload_sha256
    ) = 1
)

select * from latest
