-- description: Names of CoinGecko's categories, as listed last. One row per category.
-- grain: category_id
-- column name: Name of the category.

with source_rows as (
    select * from raw.coingecko__category_name
),

renamed as (
    select
        category_id,
        name,
        payload_sha256,
        known_at
    from source_rows
),

latest as (
    select *
    from renamed
    qualify row_number() over (
        partition by category_id
        order by known_at desc, payload_sha256
    ) = 1
)

select * from latest
