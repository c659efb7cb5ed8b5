-- description: Which tokens a universe counts on a day, on days for which it has data: the days of
-- the edition for compute-daily, and further days for which closes of all its tokens were imported;
-- the month starts for ai-17; the days of a crawl for live universes. One row per universe, day and
-- token.
-- grain: universe_id, price_date, coin_id
-- incremental: price_date

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
)

select * from universe_day
