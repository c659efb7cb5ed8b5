-- description: Risk of the daily universe on the last day of its index, and how it moves with the benchmarks. One row per report.
-- grain: last_date
with last_day as (
    select max(price_date) as last_date
    from marts.sector_risk_day
    where universe_id = 'compute-daily' and price_date <= (select report_date from marts.build)
),

tied as (
    select
        max(correlation_90d) filter (benchmark_id = 'bitcoin') as correlation_bitcoin,
        max(beta_90d) filter (benchmark_id = 'bitcoin') as beta_bitcoin,
        max(n_common_90d) filter (benchmark_id = 'bitcoin') as n_bitcoin,
        max(correlation_90d) filter (benchmark_id = 'ethereum') as correlation_ethereum,
        max(correlation_90d) filter (benchmark_id = 'NVDA') as correlation_nvda,
        max(n_common_90d) filter (benchmark_id = 'NVDA') as n_nvda,
        max(least_returns_90d) filter (benchmark_id = 'NVDA') as least_returns_nvda
    from marts.sector_comovement_day
    inner join last_day on last_day.last_date = sector_comovement_day.price_date
    where universe_id = 'compute-daily'
),

-- Up to the same day as the index, by the rule of marts.token_risk, which counts from each
-- token's own last close.
bitcoin as (
    select stddev_samp(step.log_return order by step.price_date) * sqrt(365) as volatility_90d
    from marts.benchmark_step_day as step
    inner join last_day
        on step.price_date > last_day.last_date - 90 and step.price_date <= last_day.last_date
    where step.benchmark_id = 'bitcoin'
    having count(*) >= 60
)

select
    last_day.last_date,
    sector.volatility_30d,
    sector.volatility_90d,
    sector.n_returns_90d,
    sector.drawdown_365d,
    sector.days_under_water,
    (select volatility_90d from bitcoin) as volatility_bitcoin,
    tied.*,
    -- Too few for a correlation; null where there is one.
    case when tied.correlation_nvda is null then tied.n_nvda end as n_nvda_too_few
from last_day
inner join marts.sector_risk_day as sector
    on sector.price_date = last_day.last_date and sector.universe_id = 'compute-daily'
cross join tied
