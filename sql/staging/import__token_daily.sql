-- description: Daily closes of coins that the user imported; of several files with the same day
-- the one known last, then the one imported last. A market cap of 0 means unknown and is null. One
-- row per coin and day.
-- grain: coin_id, price_date

with source_rows as (
    select * from raw.import__token_daily
),

payload as (
    select payload_sha256, max(retrieved_at) as imported_at
    from raw.capbrief__payload
    where source = 'import'
    group by payload_sha256
),

renamed as (
    select
        source_rows.coin_id,
        source_rows.price_date,
        source_rows.close_usd,
        nullif(source_rows.market_cap_usd, 0) as market_cap_usd,
        source_rows.volume_usd,
        source_rows.vendor,
        payload.imported_at,
        source_rows.payload_sha256,
        source_rows.known_at
    from source_rows
    left join payload using (payload_sha256)
),

latest as (
    select *
    from renamed
    qualify row_number() over (
        partition by coin_id, price_date
        order by known_at desc, imported_at desc nulls last, payload_sha256
    ) = 1
)

select * from latest
