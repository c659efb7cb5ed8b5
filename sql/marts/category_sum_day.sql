-- description: Sums over the members of a universe, or of a vendor category (universe_id
-- category/…), on a day, beside the vendor's own total: what marts.category_day compares over time.
-- One row per universe or category and day.
-- grain: universe_id, price_date
-- incremental: price_date

with universe_day as (
    select universe_id, price_date, coin_id from marts.universe_day
),

token_day as (
    select coin_id, price_date, market_cap_usd, known_at from marts.token_day_from_files
),

token_month as (
    select coin_id, price_date, market_cap_usd, known_at from marts.token_month
),

token_close as (
    select coin_id, price_date, market_cap_usd, known_at from marts.token_day
),

basket_member as (
    select universe_id, coin_id from staging.universe__basket_member
),

token_snapshot_day as (
    select
        coin_id,
        seen_date as price_date,
        -- As long as a price is not confirmed, its cap is as good as unknown.
        case when is_held_spike then null else market_cap_usd end as market_cap_usd,
        known_at
    from marts.token_snapshot_day
),

universe_candidate_day as (
    select universe_id, price_date, coin_id, is_seen, left_out_because
    from marts.universe_candidate_day
),

universe_category as (
    select universe_id, category_id, tier from staging.universe__category
),

crawl_day as (
    select category_id, seen_date, is_held from marts.crawl_day
),

category_member_day as (
    select category_id, seen_date, coin_id from marts.category_member_day
),

category as (
    select category_id, seen_date, market_cap_usd, known_at from staging.coingecko__category
),

market_cap as (
    select 'compute-daily' as universe_id, * from token_day
    union all
    select 'ai-17' as universe_id, * from token_month
    union all
    select basket_member.universe_id, token_close.*
    from basket_member
    inner join token_close using (coin_id)
),

live as (
    select distinct universe_id from universe_candidate_day
),

followed as (
    select distinct category_id from universe_category
),

vendor_day as (
    select
        followed.category_id,
        -- Set apart from universes, which may have a category's name.
        'category/' || followed.category_id as universe_id,
        dated.seen_date as price_date,
        crawl_day.category_id is not null as is_crawled,
        coalesce(crawl_day.is_held, false) as is_held,
        category.market_cap_usd as vendor_total_usd,
        category.known_at as vendor_known_at
    from followed
    inner join (
        select category_id, seen_date from crawl_day
        union
        select category_id, seen_date from category
    ) as dated using (category_id)
    left join crawl_day using (category_id, seen_date)
    left join category using (category_id, seen_date)
),

member as (
    select
        universe_day.universe_id,
        universe_day.price_date,
        universe_day.coin_id,
        market_cap.market_cap_usd,
        market_cap.known_at,
        true as is_seen
    from universe_day
    left join market_cap using (universe_id, price_date, coin_id)
    where universe_day.universe_id not in (select live.universe_id from live)
    union all
    select
        universe_day.universe_id,
        universe_day.price_date,
        universe_day.coin_id,
        snapshot.market_cap_usd,
        snapshot.known_at,
        true
    from universe_day
    inner join live using (universe_id)
    left join token_snapshot_day as snapshot using (coin_id, price_date)
    union all
    -- Without a crawl of its own on the day, a category's members are not priced: others' crawls
    -- would show some of them.
    select
        vendor_day.universe_id,
        vendor_day.price_date,
        category_member_day.coin_id,
        case when vendor_day.is_crawled then snapshot.market_cap_usd end,
        greatest(snapshot.known_at, vendor_day.vendor_known_at),
        snapshot.coin_id is not null
    from vendor_day
    left join category_member_day
        on category_member_day.category_id = vendor_day.category_id
        and category_member_day.seen_date = vendor_day.price_date
    left join token_snapshot_day as snapshot
        on snapshot.coin_id = category_member_day.coin_id
        and snapshot.price_date = vendor_day.price_date
),

summed as (
    select
        universe_id,
        price_date,
        -- Null, not zero, where no member's cap is known. Decimal, so that the order of
        -- addition does not show.
        cast(sum(cast(market_cap_usd as decimal(38, 2))) as decimal(38, 2)) as member_sum_usd,
        count(coin_id) as n_members,
        count(market_cap_usd) as n_priced,
        count(coin_id) filter (not is_seen) as n_unseen,
        max(known_at) as known_at
    from member
    group by universe_id, price_date
),

-- Candidates of a live universe that are left out only because no crawl of the day showed them.
unseen as (
    select universe_id, price_date, count(*) as n_unseen
    from universe_candidate_day
    where not is_seen and left_out_because = 'market cap unknown'
    group by universe_id, price_date
),

held as (
    select distinct universe_category.universe_id, crawl_day.seen_date as price_date
    from universe_category
    inner join crawl_day using (category_id)
    where crawl_day.is_held and universe_category.tier <> 'meme'
),

category_sum_day as (
    select
        summed.universe_id,
        summed.price_date,
        summed.member_sum_usd,
        summed.n_members,
        summed.n_priced,
        vendor_day.vendor_total_usd,
        cast(summed.member_sum_usd as double) / vendor_day.vendor_total_usd as vendor_ratio,
        coalesce(vendor_day.is_held, held.universe_id is not null) as is_held,
        coalesce(unseen.n_unseen, summed.n_unseen) as n_unseen,
        summed.known_at
    from summed
    left join held using (universe_id, price_date)
    left join unseen using (universe_id, price_date)
    left join vendor_day
        on vendor_day.universe_id = summed.universe_id
        and vendor_day.price_date = summed.price_date
)

select * from category_sum_day
