-- description: Risk of a token on the day of its last close. Volatility: sample standard deviation
-- of daily log returns × √365 over 30 and 90 days, from 20 and 60 returns up. Returns are those
-- between calendar days in a row, none across a gap. Drawdown: the deepest fall below the highest
-- close before it within 365 days (0: none; null: fewer than two closes), with its dates;
-- days_under_water from the peak until that is reached again, else until the last close. Turnover:
-- volume over market cap (of what circulates) of the day. How it moves with others stands in
-- marts.token_comovement. One row per token.
-- grain: coin_id
-- column price_date: Day of the last close, from which the others count back.

with token_day as not materialized (
    select coin_id, price_date, close_usd, market_cap_usd, volume_usd, known_at
    from marts.token_day
),

-- Numbers are sorted and joined several times faster than ids.
last_close as (
    select
        coin_id,
        max(price_date) as last_date,
        row_number() over (order by coin_id) as coin_number
    from token_day
    group by coin_id
),

recent as (
    select token_day.*, last_close.last_date, last_close.coin_number
    from token_day
    inner join last_close using (coin_id)
    where token_day.price_date > last_close.last_date - 365
),

-- Whole numbers of 1e-15, so that the order of addition does not show.
returned as (
    select
        today.coin_number,
        today.price_date > today.last_date - 30 as is_of_30d,
        cast(ln(today.close_usd / day_before.close_usd) * 1e15 as hugeint) as moved
    from recent as today
    inner join recent as day_before
        on day_before.coin_number = today.coin_number
        and day_before.price_date = today.price_date - 1
    where today.price_date > today.last_date - 90
),

spread as (
    select
        coin_number,
        count(*) filter (is_of_30d) as n_30d,
        sum(moved) filter (is_of_30d) as sum_30d,
        sum(moved * moved) filter (is_of_30d) as squares_30d,
        count(*) as n_90d,
        sum(moved) as sum_90d,
        sum(moved * moved) as squares_90d
    from returned
    group by coin_number
),

peaked as (
    select
        coin_number,
        price_date,
        close_usd,
        known_at,
        max(close_usd) over (
            partition by coin_number
            order by price_date
            rows between unbounded preceding and current row
        ) as peak_usd
    from recent
),

deepest as (
    select
        coin_number,
        count(*) as n_closes,
        max(known_at) as known_at,
        min(close_usd / peak_usd - 1) as fall
    from peaked
    group by coin_number
),

-- Of several falls as deep the first.
trough as (
    select coin_number, price_date as trough_date, peak_usd
    from peaked
    inner join deepest using (coin_number)
    where deepest.fall < 0 and peaked.close_usd / peaked.peak_usd - 1 = deepest.fall
    qualify row_number() over (partition by coin_number order by price_date) = 1
),

fallen as (
    select
        trough.coin_number,
        trough.trough_date,
        max(recent.price_date) filter (recent.price_date < trough.trough_date) as peak_date,
        min(recent.price_date) filter (recent.price_date > trough.trough_date) as recovered_date
    from trough
    inner join recent
        on recent.coin_number = trough.coin_number and recent.close_usd >= trough.peak_usd
    group by trough.coin_number, trough.trough_date
),

token_risk as (
    select
        recent.coin_id,
        recent.price_date,
        case
            when spread.n_30d >= 20
                then
                    sqrt(
                        (spread.n_30d * spread.squares_30d - spread.sum_30d * spread.sum_30d)
                        / (spread.n_30d * (spread.n_30d - 1))
                        * 365
                    ) / 1e15
        end as volatility_30d,
        coalesce(spread.n_30d, 0) as n_returns_30d,
        case
            when spread.n_90d >= 60
                then
                    sqrt(
                        (spread.n_90d * spread.squares_90d - spread.sum_90d * spread.sum_90d)
                        / (spread.n_90d * (spread.n_90d - 1))
                        * 365
                    ) / 1e15
        end as volatility_90d,
        coalesce(spread.n_90d, 0) as n_returns_90d,
        case when deepest.n_closes > 1 then deepest.fall end as max_drawdown_365d,
        fallen.peak_date as drawdown_peak_date,
        fallen.trough_date as drawdown_trough_date,
        fallen.recovered_date as drawdown_recovered_date,
        case
            when deepest.fall < 0
                then coalesce(fallen.recovered_date, recent.price_date) - fallen.peak_date
            when deepest.n_closes > 1 then 0
        end as days_under_water,
        deepest.n_closes as n_closes_365d,
        recent.volume_usd / recent.market_cap_usd as turnover,
        deepest.known_at
    from recent
    inner join deepest using (coin_number)
    left join spread using (coin_number)
    left join fallen using (coin_number)
    where recent.price_date = recent.last_date
)

select * from token_risk
