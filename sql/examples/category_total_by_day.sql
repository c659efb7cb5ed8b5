-- description: Market cap of every universe and category by day, and its change over seven days;
-- the sum is one of the whole only where the cap of every member is known. One row per universe and day.
-- grain: universe_id, price_date
select
    today.universe_id,
    today.price_date,
    round(today.member_sum_usd / 1e9, 3) as member_sum_usd_bn,
    round(100 * (today.member_sum_usd / nullif(before.member_sum_usd, 0) - 1), 1) as change_7d_pct,
    today.n_priced,
    today.n_members,
    today.n_priced = today.n_members as is_whole
from marts.category_day as today
left join marts.category_day as before
    on before.universe_id = today.universe_id
    and before.price_date = today.price_date - 7
    and before.n_members = today.n_members
    and before.n_priced = today.n_priced
order by today.universe_id, today.price_date
