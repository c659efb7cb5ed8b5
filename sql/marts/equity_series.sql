-- description: Series of daily prices of shares as they came, and in shares of which day each is
-- stated. One row per ticker, source and file.
-- grain: ticker, source, payload_sha256
-- column source: stooq, import or bundled.
-- column basis: In shares of which day the file states its prices: as traded, split-adjusted
-- through a day, or unknown; then it is joined with no other.
-- column is_kept: Whether any of its closes counts.

with equity_close_day as (
    select
        ticker,
        source,
        dataset,
        payload_sha256,
        vendor,
        basis,
        basis_date,
        basis_note,
        price_date,
        is_no_trade,
        is_kept,
        known_at
    from marts.equity_close_day
),

equity_series as (
    select
        ticker,
        source,
        payload_sha256,
        max(dataset) as dataset,
        max(vendor) as vendor,
        max(basis) as basis,
        max(basis_date) as basis_date,
        max(basis_note) as basis_note,
        min(price_date) as first_date,
        max(price_date) as last_date,
        count(*) as n_trading_days,
        count(*) filter (is_no_trade) as n_no_trade,
        bool_or(is_kept) as is_kept,
        max(known_at) as known_at
    from equity_close_day
    group by ticker, source, payload_sha256
)

select * from equity_series
