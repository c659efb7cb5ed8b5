-- description: A sum is null exactly where no member has a market cap: null is never zero. One
-- row per universe and day where that fails.

with category_day as (
    select universe_id, price_date, member_sum_usd, n_priced from marts.category_day
)

select *
from category_day
where n_priced is null or (n_priced = 0) <> (member_sum_usd is null) or member_sum_usd <= 0
