-- description: Universes have the members that their names promise, and every one of the 17 is
-- priced in the snapshot of April 2024. One row per universe and day that do not.

with category_day as (
    select universe_id, price_date, n_members, n_priced from marts.category_day
),

promised as (
    select * from (values ('compute-daily', 9), ('ai-17', 17)) as known (universe_id, n_promised)
)

select category_day.*, promised.n_promised
from category_day
left join promised using (universe_id)
where
    promised.n_promised is null
    or category_day.n_members <> promised.n_promised
    or category_day.n_priced > category_day.n_members
    or (
        category_day.universe_id = 'ai-17'
        and category_day.price_date = date '2024-04-01'
        and category_day.n_priced <> 17
    )
