-- description: How violent each token was in its last 90 days, and how tied to bitcoin, ether and
-- Nvidia's share: correlation and beta with the number of common returns (null: too few). One row
-- per token and benchmark.
-- grain: coin_id, benchmark_id
select
    coin_id,
    token_comovement.benchmark_id,
    token_risk.price_date,
    round(100 * token_risk.volatility_90d, 1) as volatility_90d_pct,
    round(token_comovement.correlation, 2) as correlation,
    round(token_comovement.spearman_correlation, 2) as spearman_correlation,
    round(token_comovement.beta, 2) as beta,
    token_comovement.n_common
from marts.token_comovement
join marts.token_risk using (coin_id)
where token_comovement.window_days = 90 and coin_id <> token_comovement.benchmark_id
order by token_risk.volatility_90d desc nulls last, coin_id, token_comovement.benchmark_id
