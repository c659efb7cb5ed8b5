-- description: Fees of networks by day, with the values that DefiLlama told last. One row per
-- network and day.
-- grain: slug, fee_date

with source_rows as (
    select * from raw.defillama__fee_day
),

renamed as (
    select
        slug,
        fee_date,
        fees_usd,
        payload_sha256,
        known_at
    from source_rows
),

latest as (
    select *
    from renamed
    qualify row_number() over (
        partition by slug, fee_date
        order by known_at desc, payload_sha256
    ) = 1
)

select * from latest
