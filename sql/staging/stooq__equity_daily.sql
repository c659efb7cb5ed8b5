-- description: Daily prices of shares from Stooq: of each share the whole history that came last,
-- since it is stated anew after each split. One row per ticker and day.
-- grain: ticker, price_date

with source_rows as (
    select * from raw.stooq__equity_daily
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

newest as (
    select ticker, max(known_at) as known_at from renamed group by ticker
),

latest as (
    select renamed.*
    from renamed
    inner join newest using (ticker, known_at)
    qualify row_number() over (
        partition by renamed.ticker, renamed.price_date
        order by renamed.payload_sha256
    ) = 1
)

select * from latest
