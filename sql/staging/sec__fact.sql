-- description: Revenue of companies as they filed it with the SEC: quarters, and sums of half a
-- year, nine months and a year beside them, each in every report that repeats or restates it;
-- known from the first retrieval that had it so. One row per ticker, tag, period and report.
-- grain: ticker, tag, period_start, period_end, accession

with source_rows as (
    select * from raw.sec__fact
),

renamed as (
    select
        ticker,
        tag,
        start as period_start,
        "end" as period_end,
        val as revenue_usd,
        accn as accession,
        fy as report_fiscal_year,
        fp as report_fiscal_period,
        form,
        filed as filed_date,
        frame,
        payload_sha256,
        known_at
    from source_rows
),

seen as (
    select
        *,
        min(known_at) over (
            partition by ticker, tag, period_start, period_end, accession, revenue_usd
        ) as first_known_at
    from renamed
),

newest as (
    select *
    from seen
    qualify row_number() over (
        partition by ticker, tag, period_start, period_end, accession
        order by known_at desc, filed_date desc, payload_sha256
    ) = 1
),

latest as (
    select * exclude (known_at, first_known_at), first_known_at as known_at from newest
)

select * from latest
