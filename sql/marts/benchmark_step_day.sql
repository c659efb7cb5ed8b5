-- description: Log returns of benchmarks over the days that each was made in: of a coin from one
-- calendar day to the next, of a share from one trading day to the next, from Friday to Monday too,
-- as adjusted for splits. There is none across a day that a coin has no close of, nor over more
-- than 7 days of a share, so that single closes make few. A share's close is that of its exchange,
-- hours before the coins'. One row per benchmark and day with a return.
-- grain: benchmark_id, price_date
-- column benchmark_id: Id of the coin, or ticker of the share.
-- column before_date: Day of the close before, that the return is measured from.
-- column log_return: Natural logarithm of the close over the close before.

with benchmark as (
    select benchmark_id, kind from marts.benchmark
),

token_day as not materialized (
    select coin_id, price_date, close_usd, known_at from marts.token_day
),

equity_day as (
    select ticker, price_date, change_trading_day, days_since_previous, known_at
    from marts.equity_day
),

coin as (
    select token_day.*
    from token_day
    inner join benchmark on benchmark.benchmark_id = token_day.coin_id
    where benchmark.kind = 'coin'
),

benchmark_step_day as (
    select
        today.coin_id as benchmark_id,
        today.price_date,
        day_before.price_date as before_date,
        ln(today.close_usd / day_before.close_usd) as log_return,
        greatest(today.known_at, day_before.known_at) as known_at
    from coin as today
    inner join coin as day_before
        on day_before.coin_id = today.coin_id and day_before.price_date = today.price_date - 1
    union all
    select
        today.ticker,
        today.price_date,
        day_before.price_date,
        ln(1 + today.change_trading_day),
        greatest(today.known_at, day_before.known_at)
    from equity_day as today
    inner join benchmark on benchmark.benchmark_id = today.ticker and benchmark.kind = 'share'
    inner join equity_day as day_before
        on day_before.ticker = today.ticker
        and day_before.price_date = today.price_date - cast(today.days_since_previous as integer)
    where today.change_trading_day is not null
)

select * from benchmark_step_day
