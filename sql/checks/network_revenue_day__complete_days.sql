-- description: Revenue of a day is not negative, and of a day that was over when it was told. One
-- row per revenue that is not so.

with network_revenue_day as (
    select network_id, revenue_date, source, revenue_usd, known_at from marts.network_revenue_day
)

select *
from network_revenue_day
where revenue_usd < 0 or revenue_date >= cast(known_at as date)
