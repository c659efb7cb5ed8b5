-- description: Crawls of the vendor's categories that were had on a day, the last one of each day;
-- the coins that were asked for by id stand under an empty category. is_held: the members changed
-- by too much and wait for a person. One row per category and day.
-- grain: category_id, seen_date
-- incremental: seen_date

with market as (
    select category_id, seen_date, known_at from staging.coingecko__market
),

membership_day as (
    select category_id, seen_date, status, n_members, known_at from marts.membership_day
),

crawl as (
    select category_id, seen_date, count(*) as n_tokens, max(known_at) as known_at
    from market
    group by category_id, seen_date
    union all by name
    -- A crawl that found no members has no rows.
    select category_id, seen_date, n_members as n_tokens, known_at
    from membership_day
    where n_members = 0
),

crawl_day as (
    select
        crawl.category_id,
        crawl.seen_date,
        crawl.n_tokens,
        coalesce(membership_day.status = 'held', false) as is_held,
        crawl.known_at
    from crawl
    left join membership_day using (category_id, seen_date)
)

select * from crawl_day
