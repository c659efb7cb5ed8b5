-- description: A category's sum and count are those of its members' market caps, added up anew
-- from the definitions and the series, to the cent. For a vendor category: those in its own crawl,
-- on days on which it was not held. One row per universe and day that differ, or are on one side
-- only.
-- incremental: price_date
-- reach: 7 days back

with category_sum_day as (
    select universe_id, price_date, member_sum_usd, n_priced, is_held from marts.category_sum_day
),

universe_member as (
    select universe_id, coin_id from staging.bundled__universe_member
),

universe_category as (
    select distinct category_id, 'category/' || category_id as universe_id
    from staging.universe__category
),

market as (
    select category_id, coin_id, seen_date from staging.coingecko__market
),

token_snapshot_day as (
    select coin_id, seen_date, market_cap_usd
    from marts.token_snapshot_day
    where is_held_spike is not true
),

universe_candidate_day as (
    select universe_id, price_date, market_cap_usd
    from marts.universe_candidate_day
    where left_out_because is null
),

token_day as (
    select coin_id, price_date, market_cap_usd from marts.token_day
),

migration as (
    select from_coin_id, to_coin_id, started_date
    from staging.universe__migration
    where from_coin_id <> to_coin_id
),

basket_close as (
    select basket_member.universe_id, token_day.*
    from staging.universe__basket_member as basket_member
    inner join token_day using (coin_id)
    where
        token_day.price_date between coalesce(basket_member.first_date, token_day.price_date)
        and coalesce(basket_member.last_date, token_day.price_date)
),

-- What an old token was exchanged for, if that has been priced within a week and counts itself.
exchanged as (
    select distinct old.universe_id, old.coin_id, old.price_date
    from basket_close as old
    inner join migration on migration.from_coin_id = old.coin_id
    inner join staging.universe__basket_member as successor
        on successor.universe_id = old.universe_id and successor.coin_id = migration.to_coin_id
    inner join token_day as new on new.coin_id = successor.coin_id
    where
        migration.started_date <= old.price_date
        and new.price_date between old.price_date - 7 and old.price_date
        and coalesce(old.price_date >= successor.first_date, true)
        and coalesce(old.price_date <= successor.last_date, true)
),

-- The days of the edition, and those of imports that the universe takes whole.
daily_date as (
    select price_date from staging.bundled__token_daily
    union
    select price_date from marts.universe_day where universe_id = 'compute-daily'
),

market_cap as (
    select 'compute-daily' as universe_id, coin_id, price_date, market_cap_usd
    from marts.token_day_from_files
    where price_date in (select daily_date.price_date from daily_date)
    union all
    select 'ai-17', coin_id, price_date, market_cap_usd from marts.token_month
),

priced as (
    select universe_id, price_date, market_cap_usd
    from universe_member
    inner join market_cap using (universe_id, coin_id)
    union all
    select universe_id, price_date, market_cap_usd from universe_candidate_day
    union all
    select basket_close.universe_id, basket_close.price_date, basket_close.market_cap_usd
    from basket_close
    anti join exchanged using (universe_id, coin_id, price_date)
    union all
    select universe_category.universe_id, market.seen_date, snapshot.market_cap_usd
    from market
    inner join universe_category using (category_id)
    left join token_snapshot_day as snapshot using (coin_id, seen_date)
),

added as (
    select
        universe_id,
        price_date,
        sum(cast(market_cap_usd as decimal(38, 2))) as added_usd,
        count(market_cap_usd) as n_added
    from priced
    group by universe_id, price_date
)

select universe_id, price_date, category_sum_day.member_sum_usd, added.added_usd
from category_sum_day
full join added using (universe_id, price_date)
where
    (
        category_sum_day.n_priced is distinct from coalesce(added.n_added, 0)
        or category_sum_day.member_sum_usd is distinct from added.added_usd
    )
    -- Of a held category other members count than were in the crawl.
    and not (
        coalesce(category_sum_day.is_held, false)
        and starts_with(universe_id, 'category/')
    )
