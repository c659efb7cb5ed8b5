-- description: Risk of the tokens of the daily universe at their last close, most volatile first, and how they move with bitcoin and ether. One row per token.
-- grain: token
with last_day as (
    select max(price_date) as last_date
    from marts.category_day
    where universe_id = 'compute-daily' and price_date <= (select report_date from marts.build)
),

tied as (
    select
        coin_id,
        max(correlation) filter (benchmark_id = 'bitcoin') as correlation_bitcoin,
        max(beta) filter (benchmark_id = 'bitcoin') as beta_bitcoin,
        max(n_common) filter (benchmark_id = 'bitcoin') as n_bitcoin,
        max(correlation) filter (benchmark_id = 'ethereum') as correlation_ethereum,
        max(beta) filter (benchmark_id = 'ethereum') as beta_ethereum
    from marts.token_comovement
    where window_days = 90
    group by coin_id
)

select
    token.name || ' (' || token.symbol || ')' as token,
    risk.price_date,
    risk.volatility_30d,
    risk.volatility_90d,
    risk.max_drawdown_365d,
    risk.days_under_water,
    tied.correlation_bitcoin,
    tied.beta_bitcoin,
    tied.n_bitcoin,
    tied.correlation_ethereum,
    tied.beta_ethereum
from marts.universe_day
inner join last_day on last_day.last_date = universe_day.price_date
inner join marts.token using (coin_id)
-- A file that reaches further than the report has figures of another day, which are not shown.
left join marts.token_risk as risk
    on risk.coin_id = universe_day.coin_id
    and risk.price_date <= (select report_date from marts.build)
left join tied on tied.coin_id = risk.coin_id
where universe_day.universe_id = 'compute-daily'
order by risk.volatility_90d desc nulls last, token
