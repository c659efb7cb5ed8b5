-- description: Daily prices of shares from files that the user imported, each on its own split
-- basis. One row per ticker, day and file.
-- grain: ticker, price_date, payload_sha256

with source_rows as (
    select * from raw.import__equity_daily
),

renamed as (
    select
        ticker,
        price_date,
        open_usd,
        high_usd,
        low_usd,
        close_usd,
        adjusted_close_usd,
        volume_shares,
        vendor,
        basis,
        basis_date,
        basis_note,
        payload_sha256,
        known_at
    from source_rows
),

-- The same bytes may have been brought under two names.
latest as (
    select *
    from renamed
    qualify row_number() over (
        partition by ticker, price_date, payload_sha256
        order by known_at, vendor, basis
    ) = 1
)

select * from latest
