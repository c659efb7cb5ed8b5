-- description: Rows of payloads that did not fit their declared schema. One row per rejected row.
-- grain: source, entity, payload_sha256, row_number

with source_rows as (
    select * from raw.capbrief__quarantine
),

renamed as (
    select
        source,
        entity,
        payload_sha256,
        row_number,
        reason,
        row_json,
        known_at
    from source_rows
),

latest as (
    select *
    from renamed
    qualify row_number() over (
        partition by source, entity, payload_sha256, row_number
        order by known_at desc
    ) = 1
)

select * from latest
