-- description: Bundled editions. One row per edition.
-- grain: edition_id

with source_rows as (
    select * from raw.bundled__edition
),

renamed as (
    select
        edition_id,
        title as edition_title,
        edition_date,
        description as edition_description,
        payload_sha256,
        known_at
    from source_rows
),

latest as (
    select *
    from renamed
    qualify row_number() over (
        partition by edition_id
        order by known_at desc, payload_sha256
    ) = 1
)

select * from latest
