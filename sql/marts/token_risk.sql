-- description: Risk of a token on the day of its last close. Volatility: sample standard deviation
-- of daily log returns × √365 over 30 and 90 days, from 20 and 60 returns up. Beta and correlation
-- to bitcoin: over the last 90 days, on those n_common_90d of them on which both have a return,
-- from 60 up. Returns are those between calendar days in a row, none across a gap. Drawdown: the
-- deepest fall below the highest close before it within 365 days (0: none; null: fewer than two
-- closes), with its dates; days_under_water from the peak until that is reached again, else until
-- the last close. Turnover: volume over market cap (of what circulates) of the day. One row per
-- token.
-- grain: coin_id
-- column price_date: Day of the last close, from which the others count back.

with token_day as not materialized (
    select coin_id, price_date, close_usd, market_cap_usd, volume_usd, known_at
    from marts.token_day
),

last_close as (
    select coin_id, max(price_date) as last_date from token_day group by coin_id
),

recent as (
    select token_day.*, last_close.last_date
    from token_day
    inner join last_close using (coin_id)
    where token_day.price_date > last_close.last_date - 365
),

returned as (
    select
        coin_id,
        price_date,
        last_date,
        case
            when lag(price_date) over series = price_date - 1
                then ln(close_usd / lag(close_usd) over series)
        end as log_return
    from recent
    where price_date >= last_date - 90
    window series as (partition by coin_id order by price_date)
),

bitcoin as (
    select
        price_date,
        known_at,
        case
            when lag(price_date) over series = price_date - 1
                then ln(close_usd / lag(close_usd) over series)
        end as log_return
    from token_day
    where coin_id = 'bitcoin'
    window series as (order by price_date)
),

-- In order of the day, so that equal closes give equal figures.
spread as (
    select
        returned.coin_id,
        stddev_samp(returned.log_return order by returned.price_date)
            filter (returned.price_date > returned.last_date - 30) as spread_30d,
        count(*) filter (returned.price_date > returned.last_date - 30) as n_returns_30d,
        stddev_samp(returned.log_return order by returned.price_date) as spread_90d,
        count(*) as n_returns_90d,
        count(bitcoin.log_return) as n_common_90d,
        covar_samp(returned.log_return, bitcoin.log_return order by returned.price_date)
            as covariance,
        var_samp(bitcoin.log_return order by returned.price_date) as variance_of_bitcoin,
        stddev_samp(returned.log_return order by returned.price_date)
            filter (bitcoin.log_return is not null) as spread_common,
        max(bitcoin.known_at) as bitcoin_known_at
    from returned
    left join bitcoin using (price_date)
    where returned.log_return is not null
    group by returned.coin_id
),

peaked as (
    select
        coin_id,
        price_date,
        close_usd,
        known_at,
        max(close_usd) over (
            partition by coin_id
            order by price_date
            rows between unbounded preceding and current row
        ) as peak_usd
    from recent
),

fallen as (
    select
        coin_id,
        price_date,
        known_at,
        peak_usd,
        close_usd / peak_usd - 1 as fall,
        max(case when close_usd = peak_usd then price_date end) over (
            partition by coin_id
            order by price_date
            rows between unbounded preceding and current row
        ) as peak_date
    from peaked
),

deepest as (
    select
        coin_id,
        count(*) as n_closes,
        max(known_at) as known_at,
        min(fall) as fall,
        first(price_date order by fall, price_date) as trough_date,
        first(peak_date order by fall, price_date) as peak_date,
        first(peak_usd order by fall, price_date) as peak_usd
    from fallen
    group by coin_id
),

recovery as (
    select deepest.coin_id, min(recent.price_date) as recovered_date
    from deepest
    inner join recent
        on recent.coin_id = deepest.coin_id
        and recent.price_date > deepest.trough_date
        and recent.close_usd >= deepest.peak_usd
    where deepest.fall < 0
    group by deepest.coin_id
),

token_risk as (
    select
        recent.coin_id,
        recent.price_date,
        case
            when spread.n_returns_30d >= 20 then spread.spread_30d * sqrt(365)
        end as volatility_30d,
        coalesce(spread.n_returns_30d, 0) as n_returns_30d,
        case
            when spread.n_returns_90d >= 60 then spread.spread_90d * sqrt(365)
        end as volatility_90d,
        coalesce(spread.n_returns_90d, 0) as n_returns_90d,
        case
            when spread.n_common_90d >= 60
                then spread.covariance / nullif(spread.variance_of_bitcoin, 0)
        end as beta_bitcoin_90d,
        case
            when spread.n_common_90d >= 60
                then
                    spread.covariance
                    / nullif(spread.spread_common * sqrt(spread.variance_of_bitcoin), 0)
        end as correlation_bitcoin_90d,
        coalesce(spread.n_common_90d, 0) as n_common_90d,
        case when deepest.n_closes > 1 then deepest.fall end as max_drawdown_365d,
        case when deepest.fall < 0 then deepest.peak_date end as drawdown_peak_date,
        case when deepest.fall < 0 then deepest.trough_date end as drawdown_trough_date,
        recovery.recovered_date as drawdown_recovered_date,
        case
            when deepest.fall < 0
                then coalesce(recovery.recovered_date, recent.price_date) - deepest.peak_date
            when deepest.n_closes > 1 then 0
        end as days_under_water,
        deepest.n_closes as n_closes_365d,
        recent.volume_usd / recent.market_cap_usd as turnover,
        greatest(deepest.known_at, spread.bitcoin_known_at) as known_at
    from recent
    inner join deepest using (coin_id)
    left join spread using (coin_id)
    left join recovery using (coin_id)
    where recent.price_date = recent.last_date
)

select * from token_risk
