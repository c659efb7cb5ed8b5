-- description: Every day of an index has a row for every benchmark; correlations are between -1 and
-- 1, and none rests on more returns than the window has days or on fewer than are asked for. One
-- row per universe, benchmark and day that break that.

with sector_comovement_day as (
    select * from marts.sector_comovement_day
),

benchmark as (
    select benchmark_id from marts.benchmark
),

sector_index_day as (
    select universe_id, price_date, base_date from marts.sector_index_day
),

expected as (
    select * from sector_index_day cross join benchmark
)

select sector_comovement_day.*, expected.base_date
from sector_comovement_day
full join expected using (universe_id, benchmark_id, price_date)
where
    sector_comovement_day.price_date is null
    or expected.base_date is null
    or not isfinite(sector_comovement_day.beta_90d)
    -- A rounding above 1 is no fault.
    or abs(sector_comovement_day.correlation_90d) > 1 + 1e-9
    or isnan(sector_comovement_day.correlation_90d)
    or sector_comovement_day.n_common_90d > 90
    or (
        sector_comovement_day.n_common_90d < sector_comovement_day.least_returns_90d
        and coalesce(sector_comovement_day.beta_90d, sector_comovement_day.correlation_90d)
        is not null
    )
