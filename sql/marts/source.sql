-- description: Where every figure comes from: producer, citation, licence, address and dates of
-- each data set, pages of one retrieval together. One row per source and data set.
-- grain: source, dataset
-- column title: What the data set is.
-- column seen_at: When it was found to be so last; later than the retrieval where it was asked for
-- again and had not changed.

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
),

confirmation as (
    select source, dataset, confirmed_at from staging.capbrief__confirmation
),

-- One document can hold several data sets, and is found to be as before as a whole.
seen as (
    select
        payload.source,
        payload.dataset,
        max(confirmation.confirmed_at) as confirmed_at
    from payload
    inner join confirmation
        on confirmation.source = payload.source
        and (
            confirmation.dataset = payload.dataset
            or starts_with(payload.dataset, confirmation.dataset || '/')
        )
    group by payload.source, payload.dataset
)

select
    payload.*,
    greatest(payload.retrieved_at, seen.confirmed_at) as seen_at
from payload
left join seen using (source, dataset)
