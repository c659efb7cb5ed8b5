-- description: The parts of a change sum to it, and it is the difference of the members' sums of
-- the two days, to the cent; the parts are added up from members, the sums stand in category_day.
-- One row per universe and day that do not, or are missing.

with sector_change_day as (
    select
        universe_id,
        price_date,
        change_usd,
        price_effect_usd + supply_effect_usd + entries_usd - exits_usd + unsplit_usd as parts_usd
    from marts.sector_change_day
),

category_day as (
    select universe_id, price_date, member_sum_usd
    from marts.category_day
    where member_sum_usd is not null
),

universe_day as (
    select distinct universe_id from marts.universe_day
),

moved as (
    select
        category_day.universe_id,
        category_day.price_date,
        case
            when lag(category_day.price_date) over dates >= category_day.price_date - 31
                then category_day.member_sum_usd - lag(category_day.member_sum_usd) over dates
        end as difference_usd
    from category_day
    -- Vendor categories are not taken apart.
    inner join universe_day using (universe_id)
    window dates as (partition by category_day.universe_id order by category_day.price_date)
)

select *
from sector_change_day
full join (select * from moved where difference_usd is not null) using (universe_id, price_date)
where change_usd is distinct from difference_usd or parts_usd is distinct from difference_usd
