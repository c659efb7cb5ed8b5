-- description: Payloads with their provenance; of one data set only the one retrieved last. One
-- row per source and data set.
-- grain: source, dataset

with source_rows as (
    select * from raw.capbrief__payload
),

renamed as (
    select
        source,
        entity,
        dataset,
        title,
        producer,
        citation,
        licence,
        url,
        media_type,
        size_bytes,
        n_rows,
        n_rejected,
        published_at,
        retrieved_at,
        known_at,
        payload_sha256
    from source_rows
),

latest as (
    select *
    from renamed
    qualify row_number() over (
        partition by source, dataset
        order by retrieved_at desc, payload_sha256
    ) = 1
)

select * from latest
