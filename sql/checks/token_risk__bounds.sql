-- description: Figures of risk lie within what they can be: volatility from 0 up, drawdown between
-- -1 and 0 with its dates in order, and none from more returns than the window has days. Every
-- token with a close has a row. One row per token that breaks that.

with token_risk as (
    select * from marts.token_risk
),

token_day as (
    select coin_id, max(price_date) as last_date from marts.token_day group by coin_id
)

select token_risk.*, token_day.last_date
from token_risk
full join token_day using (coin_id)
where
    token_risk.price_date is distinct from token_day.last_date
    or token_risk.volatility_30d < 0
    or token_risk.volatility_90d < 0
    or not isfinite(token_risk.volatility_30d)
    or not isfinite(token_risk.volatility_90d)
    or token_risk.n_returns_30d > least(30, token_risk.n_returns_90d)
    or token_risk.n_returns_90d > 90
    or token_risk.max_drawdown_365d not between -1 and 0
    or (token_risk.max_drawdown_365d < 0) <> (token_risk.drawdown_peak_date is not null)
    or token_risk.drawdown_peak_date >= token_risk.drawdown_trough_date
    or token_risk.drawdown_recovered_date <= token_risk.drawdown_trough_date
    or token_risk.drawdown_recovered_date > token_risk.price_date
    or token_risk.turnover < 0
