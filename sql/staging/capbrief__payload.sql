-- description: Payloads with their provenance; of one data set only those retrieved last, pages
-- of one retrieval together (sizes and counts are sums, the rest is the first page's). One row per
-- source and data set.
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

newest as (
    select
        *,
        row_number() over (
            partition by source, dataset, retrieved_at
            order by url, payload_sha256
        ) as page
    from renamed
    qualify rank() over (partition by source, dataset order by retrieved_at desc) = 1
),

latest as (
    select
        source,
        max(entity) filter (page = 1) as entity,
        dataset,
        max(title) filter (page = 1) as title,
        max(producer) filter (page = 1) as producer,
        max(citation) filter (page = 1) as citation,
        max(licence) filter (page = 1) as licence,
        max(url) filter (page = 1) as url,
        max(media_type) filter (page = 1) as media_type,
        cast(sum(size_bytes) as bigint) as size_bytes,
        cast(sum(n_rows) as bigint) as n_rows,
        cast(sum(n_rejected) as bigint) as n_rejected,
        max(published_at) filter (page = 1) as published_at,
        max(retrieved_at) as retrieved_at,
        min(known_at) as known_at,
        max(payload_sha256) filter (page = 1) as payload_sha256,
        count(*) as n_payloads
    from newest
    group by source, dataset
)

select * from latest
