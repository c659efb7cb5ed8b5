-- description: Memberships add up: members before, plus entered, minus left, and the crawl of the
-- day has as many rows as members, but for the few that were rejected. One row per category and day
-- that do not.
-- incremental: seen_date

with membership_day as (
    select category_id, seen_date, status, n_before, n_members, entered_ids, left_ids
    from marts.membership_day
),

market as (
    select category_id, seen_date, count(*) as n_crawled
    from staging.coingecko__market
    group by category_id, seen_date
)

select membership_day.*, market.n_crawled
from membership_day
left join market using (category_id, seen_date)
where
    coalesce(status not in ('accepted', 'held'), true)
    -- The first crawl of a category is compared with nothing.
    or (
        n_before > 0
        and n_members is distinct from n_before + len(entered_ids) - len(left_ids)
    )
    or len(list_intersect(entered_ids, left_ids)) > 0
    or coalesce(n_members < 0, true)
    or market.n_crawled not between 0.95 * n_members and n_members
