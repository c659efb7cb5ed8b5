-- description: Universes are known ones with members, no more priced than there are. The bundled
-- ones have the members that their names promise, and are priced whole where their series are known
-- to be: all 17 in the snapshot of April 2024, the nine compute tokens on every day of the edition
-- from 2023-11-21. One row per universe and day that are not, or are missing.

with category_day as (
    select universe_id, price_date, n_members, n_priced from marts.category_day
),

live as (
    select universe_id from staging.universe__universe
    union
    select universe_id from staging.universe__basket
    union
    select 'category/' || category_id from staging.universe__category
),

promised as (
    select *
    from (
        values
            ('compute-daily', 9, date '2023-11-21', date '2024-03-26', 1),
            ('ai-17', 17, date '2024-04-01', date '2024-04-01', null)
    ) as known (universe_id, n_promised, whole_from, whole_until, step_days)
),

stepped as (
    select
        *,
        price_date - lag(price_date) over (partition by universe_id order by price_date) as step
    from category_day
)

select stepped.*, promised.n_promised
from stepped
left join promised using (universe_id)
left join live using (universe_id)
where
    (promised.n_promised is null and live.universe_id is null)
    or coalesce(stepped.n_priced > stepped.n_members, true)
    or (promised.n_promised is not null and stepped.n_members <> promised.n_promised)
    or (
        stepped.price_date between promised.whole_from and promised.whole_until
        and stepped.n_priced <> promised.n_promised
    )
    or (
        stepped.price_date > promised.whole_from
        and stepped.price_date <= promised.whole_until
        and stepped.step <> promised.step_days
    )
