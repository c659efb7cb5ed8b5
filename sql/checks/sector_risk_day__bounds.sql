-- description: Every day of an index has its figures of risk, within what they can be: volatility
-- from 0 up and none of too few returns, no more returns than the window has days, drawdown from
-- -1 to 0, and 0 on the day of the highest level alone. One row per universe and day that break
-- that.

with sector_risk_day as (
    select * from marts.sector_risk_day
),

sector_index_day as (
    select universe_id, price_date, base_date from marts.sector_index_day
)

select sector_risk_day.*, sector_index_day.base_date
from sector_risk_day
full join sector_index_day using (universe_id, price_date)
where
    sector_risk_day.price_date is null
    or sector_index_day.base_date is null
    or sector_risk_day.volatility_30d < 0
    or sector_risk_day.volatility_90d < 0
    or not isfinite(sector_risk_day.volatility_30d)
    or not isfinite(sector_risk_day.volatility_90d)
    or sector_risk_day.n_returns_30d > least(30, sector_risk_day.n_returns_90d)
    or sector_risk_day.n_returns_90d > 90
    or (sector_risk_day.n_returns_30d < 20 and sector_risk_day.volatility_30d is not null)
    or (sector_risk_day.n_returns_90d < 60 and sector_risk_day.volatility_90d is not null)
    or sector_risk_day.n_levels_365d not between 1 and 365
    or sector_risk_day.drawdown_365d not between -1 and 0
    or (sector_risk_day.drawdown_365d = 0) <> (sector_risk_day.days_under_water = 0)
    or sector_risk_day.days_under_water not between 0 and 364
