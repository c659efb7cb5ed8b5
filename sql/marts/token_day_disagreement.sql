-- description: Days on which another source differs from the one that counts: by over 1 % in the
-- close or over 5 % in the market cap, as other over kept. Vendors count supplies differently, so
-- that caps may differ for good. One row per token, day and other source.
-- grain: coin_id, price_date, other_source
-- incremental: price_date

with token_close_day as (
    select coin_id, price_date, source, close_usd, market_cap_usd, is_kept, is_held
    from marts.token_close_day
),

compared as (
    select
        kept.coin_id,
        kept.price_date,
        kept.source as kept_source,
        other.source as other_source,
        kept.close_usd as kept_close_usd,
        other.close_usd as other_close_usd,
        other.close_usd / kept.close_usd as close_ratio,
        other.market_cap_usd / kept.market_cap_usd as cap_ratio,
        other.is_held as other_is_held
    from token_close_day as kept
    inner join token_close_day as other
        on other.coin_id = kept.coin_id
        and other.price_date = kept.price_date
        and other.source <> kept.source
    where kept.is_kept
),

token_day_disagreement as (
    select *
    from compared
    where abs(close_ratio - 1) > 0.01 or abs(cap_ratio - 1) > 0.05
)

select * from token_day_disagreement
