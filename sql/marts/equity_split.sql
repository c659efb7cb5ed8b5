-- description: Splits of shares up to the report's day, or to the state of knowledge of this file
-- where that is earlier: those that closes in marts.equity_day are adjusted for. One row per ticker
-- and ex-date.
-- grain: ticker, ex_date
-- column source: Who says so.
-- column known_at: The ex-date, by which a split is known at the latest.

with split as (
    select ticker, ex_date, ratio, complete_from, source from staging.bundled__equity_split
),

build as (
    select report_date, as_of from marts.build
),

-- Without a build (an empty file) all splits that are listed count.
through as (
    select
        coalesce(least(max(report_date), cast(max(as_of) as date)), date '2999-12-31') as last_date
    from build
),

equity_split as (
    select
        split.ticker,
        split.ex_date,
        split.ratio as split_ratio,
        split.complete_from,
        split.source,
        cast(split.ex_date as timestamp) as known_at
    from split
    inner join through on split.ex_date <= through.last_date
)

select * from equity_split
