-- description: How a token moves with each benchmark, within the 30 and 90 days up to its last
-- close: Pearson's correlation and beta (covariance over the benchmark's variance) of log returns,
-- and Spearman's correlation as a check that single days do not make it. Both returns are over the
-- same days: to a share's trading day from the one before, a token's from Friday to Monday too.
-- Null below least_returns, or where one does not move: against Nvidia's share so until daily
-- prices of it are imported. One row per token, benchmark and window.
-- grain: coin_id, benchmark_id, window_days
-- column benchmark_id: Id of the coin, or ticker of the share.
-- column price_date: Day of the token's last close, from which the window counts back.

with benchmark as (
    select benchmark_id, least_returns_30d, least_returns_90d from marts.benchmark
),

-- Whole numbers of 1e-15, so that the order of addition does not show.
step as (
    select
        benchmark_id,
        price_date,
        before_date,
        cast(log_return * 1e15 as bigint) as market,
        known_at
    from marts.benchmark_step_day
),

token_day as not materialized (
    select coin_id, price_date, close_usd, known_at from marts.token_day
),

last_close as (
    select coin_id, max(price_date) as last_date from token_day group by coin_id
),

-- Its first step begins up to a week before a window.
recent as (
    select token_day.*, last_close.last_date
    from token_day
    inner join last_close using (coin_id)
    where token_day.price_date > last_close.last_date - 97
),

wanted as (
    select
        recent.coin_id,
        recent.price_date,
        recent.known_at,
        benchmark.benchmark_id,
        window_days,
        case window_days
            when 30 then benchmark.least_returns_30d
            when 90 then benchmark.least_returns_90d
        end as least_returns,
        -- A number sorts several times faster than ids.
        row_number() over (order by recent.coin_id, benchmark.benchmark_id, window_days) as place
    from recent
    cross join benchmark
    cross join (values (30), (90)) as length (window_days)
    where recent.price_date = recent.last_date
),

moved as (
    select
        today.coin_id,
        step.benchmark_id,
        today.last_date - today.price_date as age_days,
        cast(ln(today.close_usd / day_before.close_usd) * 1e15 as bigint) as own,
        step.market,
        greatest(today.known_at, day_before.known_at, step.known_at) as known_at
    from step
    inner join recent as today using (price_date)
    inner join recent as day_before
        on day_before.coin_id = today.coin_id and day_before.price_date = step.before_date
    where today.price_date > today.last_date - 90
),

-- Twice the rank, of equal returns the mean of theirs: a whole number.
ranked as (
    select
        wanted.place,
        moved.own,
        moved.market,
        moved.known_at,
        rank() over by_own + count(*) over by_own as own_rank,
        rank() over by_market + count(*) over by_market as market_rank
    from moved
    inner join wanted
        on wanted.coin_id = moved.coin_id
        and wanted.benchmark_id = moved.benchmark_id
        and wanted.window_days > moved.age_days
    window
        by_own as (partition by wanted.place order by moved.own),
        by_market as (partition by wanted.place order by moved.market)
),

-- n² times each covariance, but for the scale.
spread as (
    select
        place,
        count(*) as n,
        max(known_at) as known_at,
        count(*) * sum(cast(own as hugeint) * own) - sum(own) * sum(own) as own_own,
        count(*) * sum(cast(own as hugeint) * market) - sum(own) * sum(market) as own_market,
        count(*) * sum(cast(market as hugeint) * market) - sum(market) * sum(market)
            as market_market,
        count(*) * sum(own_rank * own_rank) - sum(own_rank) * sum(own_rank) as rank_own,
        count(*) * sum(own_rank * market_rank) - sum(own_rank) * sum(market_rank) as rank_both,
        count(*) * sum(market_rank * market_rank) - sum(market_rank) * sum(market_rank)
            as rank_market
    from ranked
    group by place
),

token_comovement as (
    select
        wanted.coin_id,
        wanted.benchmark_id,
        wanted.window_days,
        wanted.price_date,
        coalesce(spread.n, 0) as n_common,
        wanted.least_returns,
        case
            when spread.n >= wanted.least_returns
                then
                    spread.own_market
                    / nullif(sqrt(cast(spread.own_own as double) * spread.market_market), 0)
        end as correlation,
        case
            when spread.n >= wanted.least_returns
                then spread.own_market / nullif(spread.market_market, 0)
        end as beta,
        case
            when spread.n >= wanted.least_returns
                then
                    spread.rank_both
                    / nullif(sqrt(cast(spread.rank_own as double) * spread.rank_market), 0)
        end as spearman_correlation,
        greatest(wanted.known_at, spread.known_at) as known_at
    from wanted
    left join spread using (place)
)

select * from token_comovement
