-- description: Size of dstack's catalogues, by the last one of each provider on a UTC day. One row per
-- day and provider.
-- grain: offer_date, provider
-- incremental: offer_date

with source_rows as (
    select * from raw.dstack__catalogue
),

renamed as (
    select
        cast(known_at as date) as offer_date,
        provider,
        version,
        n_rows,
        n_gpu_rows,
        payload_sha256,
        known_at
    from source_rows
),

latest as (
    select *
    from renamed
    qualify row_number() over (
        partition by provider, offer_date
        order by known_at desc, payload_sha256
    ) = 1
)

select * from latest
