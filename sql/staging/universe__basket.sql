-- description: Baskets: universes of tokens by name that are followed by daily closes, with the
-- largest share of a member in the limited index (null: no such rule). One row per basket.
-- grain: universe_id

with source_rows as (
    select * from raw.universe__basket
),

-- A rule file replaces what it said before, also where it says nothing any more.
newest_payload as (
    select payload_sha256, retrieved_at
    from raw.capbrief__payload
    where source = 'universe' and entity = 'basket'
    qualify rank() over (partition by dataset order by retrieved_at desc) = 1
),

renamed as (
    select
        source_rows.universe_id,
        source_rows.title,
        source_rows.weight_limit,
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
        partition by universe_id
        order by known_at desc, payload_sha256
    ) = 1
)

select * from latest
