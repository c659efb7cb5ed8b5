-- description: Categories of the vendor that a universe follows; those of tier meme are shown and
-- not counted. One row per universe and category.
-- grain: universe_id, category_id

with source_rows as (
    select * from raw.universe__category
),

-- A rule file replaces what it said before, also where it says nothing any more.
newest_payload as (
    select payload_sha256, retrieved_at
    from raw.capbrief__payload
    where source = 'universe' and entity = 'category'
    qualify rank() over (partition by dataset order by retrieved_at desc) = 1
),

renamed as (
    select
        source_rows.universe_id,
        source_rows.category_id,
        source_rows.tier,
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
        partition by universe_id, category_id
        order by known_at desc, payload_sha256
    ) = 1
)

select * from latest
