-- description: Which tokens a universe counts on a day, on days for which it has data: the days of
-- the edition for compute-daily, and further days for which closes of all its tokens were imported;
-- the month starts for ai-17; the days of a crawl for live universes; for baskets the days with a
-- close of any of their tokens, each of which counts from its first close on and as long as its last
-- one is at most seven days old, but not once it is exchanged for another that counts. One row per
-- universe, day and token.
-- grain: universe_id, price_date, coin_id
-- incremental: price_date
-- reach: 7 days back

with universe_member as (
    select universe_id, coin_id from staging.bundled__universe_member
),

bundled_daily as (
    select coin_id, price_date from staging.bundled__token_daily
),

imported_daily as (
    select coin_id, price_date from staging.import__token_daily
),

token_day as (
    select coin_id, price_date, market_cap_usd from marts.token_day_from_files
),

token_month as (
    select coin_id, price_date, market_cap_usd from marts.token_month
),

universe_candidate_day as (
    select universe_id, price_date, coin_id, left_out_because from marts.universe_candidate_day
),

basket_member as (
    select universe_id, coin_id, first_date, last_date from staging.universe__basket_member
),

migration as (
    select from_coin_id, to_coin_id, started_date
    from staging.universe__migration
    -- The same id twice is a new symbol only.
    where from_coin_id <> to_coin_id
),

token_close as (
    select coin_id, price_date, market_cap_usd from marts.token_day
),

market_cap as (
    select 'compute-daily' as universe_id, * from token_day
    union all
    select 'ai-17' as universe_id, * from token_month
),

-- CoinGecko's closes do not carry compute-daily on, nor stand in for its own: it counts supplies
-- differently, and a sum must not change its vendor unseen. Live universes are for that.
daily as (
    select coin_id, price_date, true as is_bundled from bundled_daily
    union all
    select coin_id, price_date, false as is_bundled from imported_daily
),

day_with_data as (
    select 'compute-daily' as universe_id, daily.price_date
    from daily
    inner join universe_member using (coin_id)
    where universe_member.universe_id = 'compute-daily'
    group by daily.price_date
    having
        bool_or(daily.is_bundled)
        or count(distinct daily.coin_id)
        = (select count(*) from universe_member where universe_id = 'compute-daily')
    union all
    select distinct universe_member.universe_id, token_month.price_date
    from universe_member
    inner join token_month using (coin_id)
    where universe_member.universe_id = 'ai-17'
),

basket_close as (
    select basket_member.*, token_close.price_date, token_close.market_cap_usd
    from basket_member
    inner join token_close using (coin_id)
),

basket_date as (
    select distinct universe_id, price_date
    from basket_close
    where
        coalesce(price_date >= first_date, true)
        and coalesce(price_date <= last_date, true)
),

-- A close counts its token in on its own day and, where that has none, on the seven after it.
basket_day as (
    select
        basket_date.universe_id,
        basket_date.price_date,
        basket_close.coin_id,
        bool_or(
            basket_close.price_date = basket_date.price_date
            and basket_close.market_cap_usd is not null
        ) as has_market_cap
    from basket_close
    cross join range(0, 8) as ago (days)
    inner join basket_date
        on basket_date.universe_id = basket_close.universe_id
        and basket_date.price_date = basket_close.price_date + cast(ago.days as integer)
    where
        coalesce(basket_date.price_date >= basket_close.first_date, true)
        and coalesce(basket_date.price_date <= basket_close.last_date, true)
    group by basket_date.universe_id, basket_date.price_date, basket_close.coin_id
),

exchanged as (
    select old.universe_id, old.price_date, old.coin_id
    from basket_day as old
    inner join migration
        on migration.from_coin_id = old.coin_id and migration.started_date <= old.price_date
    inner join basket_day as new
        on new.universe_id = old.universe_id
        and new.price_date = old.price_date
        and new.coin_id = migration.to_coin_id
),

universe_day as (
    select
        universe_member.universe_id,
        day_with_data.price_date,
        universe_member.coin_id,
        market_cap.market_cap_usd is not null as has_market_cap
    from universe_member
    inner join day_with_data using (universe_id)
    left join market_cap using (universe_id, price_date, coin_id)
    union all
    select universe_id, price_date, coin_id, true
    from universe_candidate_day
    where left_out_because is null
    union all
    select universe_id, price_date, coin_id, has_market_cap
    from basket_day
    anti join exchanged using (universe_id, price_date, coin_id)
)

select * from universe_day
