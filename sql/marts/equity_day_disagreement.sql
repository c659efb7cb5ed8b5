-- description: Days on which another file's close differs by over 1 % from the one that counts,
-- both on the same basis. One row per ticker, day, other source and file.
-- grain: ticker, price_date, other_source, other_payload_sha256

with equity_close_day as (
    select ticker, price_date, source, payload_sha256, close_usd, is_kept, known_at
    from marts.equity_close_day
    where close_usd is not null
),

compared as (
    select
        kept.ticker,
        kept.price_date,
        kept.source as kept_source,
        other.source as other_source,
        other.payload_sha256 as other_payload_sha256,
        kept.close_usd as kept_close_usd,
        other.close_usd as other_close_usd,
        other.close_usd / kept.close_usd as close_ratio,
        greatest(kept.known_at, other.known_at) as known_at
    from equity_close_day as kept
    inner join equity_close_day as other
        on other.ticker = kept.ticker and other.price_date = kept.price_date
    where kept.is_kept and not other.is_kept
),

equity_day_disagreement as (
    select * from compared where abs(close_ratio - 1) > 0.01
)

select * from equity_day_disagreement
