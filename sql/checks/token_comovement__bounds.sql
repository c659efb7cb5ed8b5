-- description: Every token with a close has a row for every benchmark and window, of its last day;
-- correlations are between -1 and 1, none rests on more returns than the window has days, and none
-- is given of fewer than are asked for. One row per token, benchmark and window that break that.

with token_comovement as (
    select * from marts.token_comovement
),

benchmark as (
    select benchmark_id from marts.benchmark
),

token_day as (
    select coin_id, max(price_date) as last_date from marts.token_day group by coin_id
),

expected as (
    select *
    from token_day
    cross join benchmark
    cross join (values (30), (90)) as length (window_days)
)

select token_comovement.*, expected.last_date
from token_comovement
full join expected using (coin_id, benchmark_id, window_days)
where
    token_comovement.price_date is distinct from expected.last_date
    or not isfinite(token_comovement.beta)
    -- A rounding above 1 is no fault.
    or abs(token_comovement.correlation) > 1 + 1e-9
    or abs(token_comovement.spearman_correlation) > 1 + 1e-9
    or isnan(token_comovement.correlation)
    or isnan(token_comovement.spearman_correlation)
    or token_comovement.n_common > window_days
    or token_comovement.least_returns > window_days
    or (
        token_comovement.n_common < token_comovement.least_returns
        and coalesce(
            token_comovement.beta,
            token_comovement.correlation,
            token_comovement.spearman_correlation
        ) is not null
    )
