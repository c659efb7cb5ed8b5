-- description: A category's sum and count are those of its members' market caps, added up anew
-- from the definitions and the series; to a dollar, as caps are added as decimals there. One row
-- per universe and day that differ, or are on one side only.

with category_day as (
    select universe_id, price_date, member_sum_usd, n_priced from marts.category_day
),

universe_member as (
    select universe_id, coin_id from staging.bundled__universe_member
),

market_cap as (
    select 'compute-daily' as universe_id, coin_id, price_date, market_cap_usd from marts.token_day
    union all
    select 'ai-17', coin_id, price_date, market_cap_usd from marts.token_month
),

added as (
    select
        universe_id,
        price_date,
        sum(market_cap_usd) as added_usd,
        count(market_cap_usd) as n_added
    from universe_member
    inner join market_cap using (universe_id, coin_id)
    group by universe_id, price_date
)

select universe_id, price_date, category_day.member_sum_usd, added.added_usd
from category_day
full join added using (universe_id, price_date)
where
    category_day.n_priced is distinct from added.n_added
    or (category_day.member_sum_usd is null) <> (added.added_usd is null)
    or abs(cast(category_day.member_sum_usd as double) - added.added_usd) > 1
