-- description: Closes of shares on single days; basis_date is the last split that they are adjusted
-- for, null for closes as they were traded. One row per ticker and day.
-- grain: ticker, price_date

with source_rows as (
    select * from raw.bundled__equity_close
),

renamed as (
    select
        ticker,
        date as price_date,
        close_usd,
        basis,
        try_cast(regexp_extract(basis, 'basis after ([0-9-]{10})', 1) as date) as basis_date,
        payload_sha256,
        known_at
    from source_rows
),

latest as (
    select *
    from renamed
    qualify row_number() over (
        partition by ticker, price_date
        order by known_at desc, payload_sha256
    ) = 1
)

select * from latest
