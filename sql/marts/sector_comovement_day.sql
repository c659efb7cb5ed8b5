-- description: How a universe moves with each benchmark, by day, within the 90 days up to it:
-- Pearson's correlation and beta (covariance over the benchmark's variance) of log returns of its
-- index weighted by market cap. Both returns are over the same days, between levels of one chain
-- of the index (base_date): to a share's trading day from the one before, over a weekend too. Null
-- below least_returns, or where one does not move. One row per universe, benchmark and day.
-- grain: universe_id, benchmark_id, price_date
-- column benchmark_id: Id of the coin, or ticker of the share.

with benchmark as (
    select benchmark_id, least_returns_90d from marts.benchmark
),

step as (
    select benchmark_id, price_date, before_date, log_return, known_at
    from marts.benchmark_step_day
),

sector_index_day as (
    select universe_id, price_date, index_cap_weighted, base_date, known_at
    from marts.sector_index_day
),

-- Whole numbers of 1e-15, so that the order of addition does not show.
moved as (
    select
        today.universe_id,
        step.benchmark_id,
        today.price_date,
        cast(
            ln(today.index_cap_weighted / day_before.index_cap_weighted) * 1e15 as hugeint
        ) as own,
        cast(step.log_return * 1e15 as hugeint) as market,
        step.known_at
    from step
    inner join sector_index_day as today using (price_date)
    inner join sector_index_day as day_before
        on day_before.universe_id = today.universe_id
        and day_before.base_date = today.base_date
        and day_before.price_date = step.before_date
),

rolled as (
    select
        day.universe_id,
        benchmark.benchmark_id,
        day.price_date,
        benchmark.least_returns_90d,
        count(moved.own) over last_90 as n,
        sum(moved.own) over last_90 as sum_own,
        sum(moved.market) over last_90 as sum_market,
        sum(moved.own * moved.own) over last_90 as own_own,
        sum(moved.own * moved.market) over last_90 as own_market,
        sum(moved.market * moved.market) over last_90 as market_market,
        greatest(day.known_at, max(moved.known_at) over last_90) as known_at
    from sector_index_day as day
    cross join benchmark
    left join moved using (universe_id, benchmark_id, price_date)
    window
        last_90 as (
            partition by day.universe_id, benchmark.benchmark_id
            order by day.price_date
            range between interval 89 days preceding and current row
        )
),

-- n² times each covariance, but for the scale.
spread as (
    select
        *,
        n * own_own - sum_own * sum_own as spread_own,
        n * own_market - sum_own * sum_market as spread_both,
        n * market_market - sum_market * sum_market as spread_market
    from rolled
),

sector_comovement_day as (
    select
        universe_id,
        benchmark_id,
        price_date,
        n as n_common_90d,
        least_returns_90d,
        case
            when n >= least_returns_90d
                then spread_both / nullif(sqrt(cast(spread_own as double) * spread_market), 0)
        end as correlation_90d,
        case when n >= least_returns_90d then spread_both / nullif(spread_market, 0) end
            as beta_90d,
        known_at
    from spread
)

select * from sector_comovement_day
