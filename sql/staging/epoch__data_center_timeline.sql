-- description: What stood, or is planned to stand, at frontier data centres from a day on, by Epoch
-- AI's newest edition; of several rows of a day the last. One row per data centre and day.
-- grain: data_center, state_date

with source_rows as (
    select * from raw.epoch__data_center_timeline
),

newest as (
    select *
    from source_rows
    qualify dense_rank() over (order by known_at desc, payload_sha256) = 1
),

renamed as (
    select
        data_center,
        state_date,
        construction_status,
        h100e as h100e_8bit_epoch,
        power_mw,
        buildings,
        capital_cost_usd_bn * 1e9 as capital_cost_usd,
        op8_per_s,
        row_number,
        payload_sha256,
        known_at
    from newest
),

latest as (
    select *
    from renamed
    qualify row_number() over (
        partition by data_center, state_date
        order by row_number desc, payload_sha256
    ) = 1
)

select * from latest
