-- description: Tokens burned on Render by weekly epoch, with the values that its foundation's page
-- told last (unofficial). One row per epoch.
-- grain: epoch

with source_rows as (
    select * from raw.render__burn_epoch
),

renamed as (
    select
        epoch,
        burned_render,
        payload_sha256,
        known_at
    from source_rows
),

latest as (
    select *
    from renamed
    qualify row_number() over (
        partition by epoch
        order by known_at desc, payload_sha256
    ) = 1
)

select * from latest
