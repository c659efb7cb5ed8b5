-- description: Tokens that were exchanged for another one, how many of it for each, and when. One
-- row per token and the one it became.
-- grain: from_coin_id, to_coin_id

with source_rows as (
    select * from raw.universe__migration
),

-- A rule file replaces what it said before, also where it says nothing any more.
newest_payload as (
    select payload_sha256, retrieved_at
    from raw.capbrief__payload
    where source = 'universe' and entity = 'migration'
    qualify rank() over (partition by dataset order by retrieved_at desc) = 1
),

renamed as (
    select
        source_rows.from_coin_id,
        source_rows.to_coin_id,
        source_rows.ratio,
        source_rows.started_date,
        source_rows.ended_date,
        source_rows.source,
        source_rows.url,
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
        partition by from_coin_id, to_coin_id
        order by known_at desc, payload_sha256
    ) = 1
)

select * from latest
