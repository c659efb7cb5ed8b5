-- description: Splits of shares: from ex_date on one share of before is ratio shares; all splits
-- since complete_from are listed. One row per ticker and ex-date.
-- grain: ticker, ex_date

with source_rows as (
    select * from raw.bundled__equity_split
),

renamed as (
    select
        ticker,
        ex_date,
        ratio,
        complete_from,
        source,
        payload_sha256,
        known_at
    from source_rows
),

latest as (
    select *
    from renamed
    qualify row_number() over (
        partition by ticker, ex_date
        order by known_at desc, payload_sha256
    ) = 1
)

select * from latest
