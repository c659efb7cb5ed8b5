-- description: What the rules of universes ask of a token beside its snapshot of a day: the median of
-- its volumes over 30 days, and the first sign of a price that the snapshots (with the days of their
-- extremes) and closes of the last 60 days know of. One row per token and day of a snapshot.
-- grain: coin_id, seen_date
-- incremental: seen_date
-- reach: 60 days back

with token_snapshot_day as (
    select coin_id, seen_date, volume_24h_usd, ath_at, atl_at from marts.token_snapshot_day
),

token_day as (
    select coin_id, price_date from marts.token_day
),

-- Extremes of a price before the first block of Bitcoin are the vendor's way to say unknown. A sign
-- of 60 days ago tells as much as one of a year ago: no universe asks for a greater age.
sign as (
    select
        coin_id,
        seen_date as sign_date,
        volume_24h_usd,
        least(
            case when ath_at >= date '2009-01-03' then cast(ath_at as date) end,
            case when atl_at >= date '2009-01-03' then cast(atl_at as date) end,
            seen_date
        ) as first_date
    from token_snapshot_day
    union all
    select coin_id, price_date, null, price_date from token_day
),

token_eligibility_day as (
    select
        today.coin_id,
        today.seen_date,
        median(sign.volume_24h_usd) filter (sign.sign_date >= today.seen_date - 29)
            as median_volume_30d_usd,
        min(sign.first_date) as first_sign_date
    from token_snapshot_day as today
    inner join sign
        on sign.coin_id = today.coin_id
        and sign.sign_date between today.seen_date - 60 and today.seen_date
    group by today.coin_id, today.seen_date
)

select * from token_eligibility_day
