-- description: Indices are positive, 100 on their first day, and never rest on more members than
-- there are; each day on which a universe has a sum has them. One row per universe and day that
-- break that.

with sector_index_day as (
    select
        universe_id,
        price_date,
        index_cap_weighted,
        index_limited_cap_weighted,
        index_sqrt_cap_weighted,
        index_equal_weighted,
        base_date,
        n_members,
        n_used,
        n_carried,
        weight_limit
    from marts.sector_index_day
),

category_day as (
    select universe_id, price_date
    from marts.category_day
    where member_sum_usd is not null
),

universe_day as (
    select distinct universe_id from marts.universe_day
),

expected as (
    select category_day.*
    from category_day
    inner join universe_day using (universe_id)
),

judged as (
    select
        universe_id,
        price_date,
        sector_index_day.* exclude (universe_id, price_date),
        least(
            index_cap_weighted,
            index_limited_cap_weighted,
            index_sqrt_cap_weighted,
            index_equal_weighted
        ) as lowest,
        greatest(
            index_cap_weighted,
            index_limited_cap_weighted,
            index_sqrt_cap_weighted,
            index_equal_weighted
        ) as highest,
        index_cap_weighted is not null
        and index_limited_cap_weighted is not null
        and index_sqrt_cap_weighted is not null
        and index_equal_weighted is not null as is_whole,
        expected.universe_id is not null as is_expected
    from sector_index_day
    full join expected using (universe_id, price_date)
)

select * exclude (is_whole, is_expected)
from judged
where
    not is_whole
    or not is_expected
    or lowest <= 0
    or not isfinite(highest)
    or (price_date = base_date and (lowest <> 100 or highest <> 100))
    or coalesce(base_date > price_date, true)
    or n_used > n_members
    or n_carried > n_used
    or weight_limit > 1
    -- Only where an index begins may nobody have been used.
    or (price_date <> base_date and coalesce(n_used, 0) = 0)
