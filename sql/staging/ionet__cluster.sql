-- description: Clusters that run on io.net and earnings so far, as its explorer said last on a UTC
-- day (unofficial). One row per day.
-- grain: seen_date

with source_rows as (
    select * from raw.ionet__cluster
),

renamed as (
    select
        cast(known_at as date) as seen_date,
        n_clusters,
        total_earnings_usd,
        payload_sha256,
        known_at
    from source_rows
),

latest as (
    select *
    from renamed
    qualify row_number() over (
        partition by seen_date
        order by known_at desc, payload_sha256
    ) = 1
)

select * from latest
