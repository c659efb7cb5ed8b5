-- description: Frontier data centres as they stand, by Epoch AI's newest edition. One row per data
-- centre.
-- grain: data_center

with source_rows as (
    select * from raw.epoch__data_center
),

newest as (
    select *
    from source_rows
    qualify dense_rank() over (order by known_at desc, payload_sha256) = 1
),

renamed as (
    select
        data_center,
        title,
        project,
        address,
        owner,
        owner_confidence,
        users,
        users_confidence,
        investors,
        h100e as h100e_8bit_epoch,
        power_mw,
        capital_cost_usd_bn * 1e9 as capital_cost_usd,
        payload_sha256,
        known_at
    from newest
),

latest as (
    select *
    from renamed
    qualify row_number() over (partition by data_center order by known_at desc, payload_sha256) = 1
)

select * from latest
