-- description: Members of the vendor categories that universes follow, as accepted last: where a
-- crawl is held or was not had, those of crawl_date are carried on. One row per category, day with
-- a crawl of any category, and token.
-- grain: category_id, seen_date, coin_id
-- incremental: seen_date
-- reach: all days back

with market as (
    select category_id, coin_id, seen_date from staging.coingecko__market
),

universe_category as (
    select universe_id, category_id from staging.universe__category
),

crawl_day as (
    select category_id, seen_date, is_held from marts.crawl_day
),

followed as (
    select distinct category_id from universe_category
),

accepted_crawl as (
    select category_id, seen_date as crawl_date from crawl_day where not is_held
),

followed_day as (
    select followed.category_id, dated.seen_date
    from followed
    cross join (select distinct seen_date from crawl_day) as dated
),

counting_crawl as (
    select followed_day.category_id, followed_day.seen_date, accepted_crawl.crawl_date
    from followed_day
    asof inner join accepted_crawl
        on accepted_crawl.category_id = followed_day.category_id
        and accepted_crawl.crawl_date <= followed_day.seen_date
),

category_member_day as (
    select
        counting_crawl.category_id,
        counting_crawl.seen_date,
        market.coin_id,
        counting_crawl.crawl_date
    from counting_crawl
    inner join market
        on market.category_id = counting_crawl.category_id
        and market.seen_date = counting_crawl.crawl_date
)

select * from category_member_day
