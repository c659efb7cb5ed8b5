-- description: Tokens that each named universe counts. One row per universe and token.
-- grain: universe_id, coin_id

with source_rows as (
    select * from raw.bundled__universe_member
),

renamed as (
    select
        universe_id,
        coin_id,
        note,
        payload_sha256,
        known_at
    from source_rows
),

latest as (
    select *
    from renamed
    qualify row_number() over (
        partition by universe_id, coin_id
        order by known_at desc, payload_sha256
    ) = 1
)

select * from latest
