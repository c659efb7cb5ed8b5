-- description: Tokens of baskets, and the days between which each is one (null: from ever, or for
-- ever). One row per basket and token.
-- grain: universe_id, coin_id

with source_rows as (
    select * from raw.universe__basket_member
),

-- A rule file replaces what it said before, also where it says nothing any more.
newest_payload as (
    select payload_sha256, retrieved_at
    from raw.capbrief__payload
    where source = 'universe' and entity = 'basket_member'
    qualify rank() over (partition by dataset order by retrieved_at desc) = 1
),

renamed as (
    select
        source_rows.universe_id,
        source_rows.coin_id,
        source_rows.first_date,
        source_rows.last_date,
        source_rows.note,
        source_rows.payload_sha256,
        source_rows.known_at
    from source_rows
    inner join newest_payload
        on newest_payload.payload_sha256 = source_rows.payload_sha256
        and newest_payload.retrieved_at = source_rows.known_at
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
