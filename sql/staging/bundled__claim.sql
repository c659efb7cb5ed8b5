-- description: Published claims, and published estimates that serve as evidence. One row per
-- claim.
-- grain: claim_id

with source_rows as (
    select * from raw.bundled__claim
),

renamed as (
    select
        claim_id,
        kind,
        text,
        value_low,
        value_high,
        unit,
        claim_date,
        tested_until,
        origin,
        source,
        url,
        grade,
        payload_sha256,
        known_at
    from source_rows
),

latest as (
    select *
    from renamed
    qualify row_number() over (
        partition by claim_id
        order by known_at desc, payload_sha256
    ) = 1
)

select * from latest
