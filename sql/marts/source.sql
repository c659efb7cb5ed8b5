-- description: Where every figure comes from: producer, citation, licence, address and dates of
-- each data set, pages of one retrieval together. One row per source and data set.
-- grain: source, dataset
-- column title: What the data set is.

with payload as (
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
        payload_sha256,
        n_payloads
    from staging.capbrief__payload
)

select * from payload
