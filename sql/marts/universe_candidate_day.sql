-- description: Tokens that a live universe looks at on a day, and why it leaves some out (null:
-- counted): accepted members of its categories, and those that it names. A day is one on which a
-- crawl of the universe was had. age_days is a lower bound, from the first sign of a price that
-- marts.token_eligibility_day knows of; is_stale is null where the universe sets no limit. One row
-- per universe, day and token.
-- grain: universe_id, price_date, coin_id
-- incremental: price_date

with universe as (
    select universe_id, min_volume_usd, min_age_days, max_staleness_hours
    from staging.universe__universe
),

universe_category as (
    select universe_id, category_id, tier from staging.universe__category
),

universe_member as (
    select universe_id, coin_id from staging.universe__member
),

exclusion as (
    select universe_id, coin_id, reason from staging.universe__exclusion
),

twin as (
    select coin_id, of_coin_id from staging.universe__twin
),

migration as (
    select from_coin_id, to_coin_id, started_date from staging.universe__migration
),

crawl_day as (
    select category_id, seen_date from marts.crawl_day
),

category_member_day as (
    select category_id, seen_date, coin_id from marts.category_member_day
),

token_snapshot_day as (
    select coin_id, seen_date, market_cap_usd, volume_24h_usd, age_hours, is_held_spike
    from marts.token_snapshot_day
),

token_eligibility_day as (
    select coin_id, seen_date, median_volume_30d_usd, first_sign_date
    from marts.token_eligibility_day
),

seen as (
    select *
    from token_snapshot_day
    inner join token_eligibility_day using (coin_id, seen_date)
),

universe_date as (
    select universe.universe_id, crawl_day.seen_date as price_date
    from universe
    inner join universe_category using (universe_id)
    inner join crawl_day using (category_id)
    union
    select universe.universe_id, crawl_day.seen_date
    from universe
    inner join universe_member using (universe_id)
    inner join crawl_day on crawl_day.category_id = ''
),

member as (
    select
        universe_date.universe_id,
        universe_date.price_date,
        category_member_day.coin_id,
        universe_category.tier = 'meme' as is_meme
    from universe_date
    inner join universe_category using (universe_id)
    inner join category_member_day
        on category_member_day.category_id = universe_category.category_id
        and category_member_day.seen_date = universe_date.price_date
    union all
    select universe_date.universe_id, universe_date.price_date, universe_member.coin_id, null
    from universe_date
    inner join universe_member using (universe_id)
),

-- What a universe names counts, meme or not: is_meme is null there.
candidate as (
    select
        universe_id,
        price_date,
        coin_id,
        bool_or(is_meme) and count(*) = count(is_meme) as is_meme
    from member
    group by universe_id, price_date, coin_id
),

successor as (
    select
        candidate.universe_id,
        candidate.price_date,
        migration.from_coin_id as coin_id,
        min(migration.to_coin_id) as to_coin_id
    from candidate
    inner join migration
        on migration.to_coin_id = candidate.coin_id
        -- The same id twice is a new symbol only.
        and migration.to_coin_id <> migration.from_coin_id
        and migration.started_date <= candidate.price_date
    group by candidate.universe_id, candidate.price_date, migration.from_coin_id
),

original as (
    select coin_id, min(of_coin_id) as of_coin_id from twin group by coin_id
),

described as (
    select
        candidate.universe_id,
        candidate.price_date,
        candidate.coin_id,
        seen.market_cap_usd,
        seen.volume_24h_usd,
        seen.median_volume_30d_usd,
        candidate.price_date - seen.first_sign_date as age_days,
        case
            when seen.coin_id is not null and universe.max_staleness_hours is not null
                then coalesce(seen.age_hours > universe.max_staleness_hours, true)
        end as is_stale,
        seen.coin_id is not null as is_seen,
        seen.is_held_spike,
        candidate.is_meme,
        exclusion.reason,
        original.of_coin_id,
        successor.to_coin_id,
        universe.min_age_days,
        universe.min_volume_usd
    from candidate
    inner join universe using (universe_id)
    left join exclusion using (universe_id, coin_id)
    left join original using (coin_id)
    left join successor using (universe_id, price_date, coin_id)
    left join seen
        on seen.coin_id = candidate.coin_id and seen.seen_date = candidate.price_date
),

universe_candidate_day as (
    select
        universe_id,
        price_date,
        coin_id,
        market_cap_usd,
        volume_24h_usd,
        median_volume_30d_usd,
        age_days,
        is_stale,
        is_seen,
        case
            when reason is not null then 'excluded: ' || reason
            when of_coin_id is not null then 'twin of ' || of_coin_id
            when to_coin_id is not null then 'migrated into ' || to_coin_id
            when is_meme then 'memecoin category'
            when is_stale then 'stale'
            when is_held_spike then 'price not confirmed'
            when age_days < min_age_days then format('younger than {} days', min_age_days)
            when median_volume_30d_usd < min_volume_usd
                then format('volume below {:,.0f} USD', min_volume_usd)
            when is_seen and median_volume_30d_usd is null and min_volume_usd > 0
                then 'volume unknown'
            when market_cap_usd is null then 'market cap unknown'
        end as left_out_because
    from described
)

select * from universe_candidate_day
