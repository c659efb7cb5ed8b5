-- description: Tokens that a universe counts on a day and did not on its day before, and the
-- other way round, with the reason for those that left; the first day of a universe has none, nor
-- one over 31 days after the day before it. One row per universe, day and token.
-- grain: universe_id, price_date, coin_id
-- incremental: price_date
-- reach: 31 days back

with universe_candidate_day as (
    select universe_id, price_date, coin_id, left_out_because from marts.universe_candidate_day
),

basket_member as (
    select universe_id, coin_id, last_date from staging.universe__basket_member
),

basket_day as (
    select universe_id, price_date, coin_id
    from marts.universe_day
    where universe_id in (select basket_member.universe_id from basket_member)
),

migration as (
    select from_coin_id, to_coin_id, started_date
    from staging.universe__migration
    -- The same id twice is a new symbol only.
    where from_coin_id <> to_coin_id
),

universe_date as (
    select
        universe_id,
        price_date,
        lag(price_date) over (partition by universe_id order by price_date) as before_date
    from (
        select universe_id, price_date from universe_candidate_day
        union
        select universe_id, price_date from basket_day
    )
),

counted as (
    select universe_id, price_date, coin_id
    from universe_candidate_day
    where left_out_because is null
    union all
    select universe_id, price_date, coin_id from basket_day
),

token_snapshot_day as (
    select coin_id, seen_date as price_date from marts.token_snapshot_day
),

-- On the day, and on the day before it.
counted_about as (
    select universe_date.universe_id, universe_date.price_date, counted.coin_id, true as is_now
    from universe_date
    inner join counted using (universe_id, price_date)
    where universe_date.before_date >= universe_date.price_date - 31
    union all
    select universe_date.universe_id, universe_date.price_date, counted.coin_id, false
    from universe_date
    inner join counted
        on counted.universe_id = universe_date.universe_id
        and counted.price_date = universe_date.before_date
    where universe_date.before_date >= universe_date.price_date - 31
),

changed as (
    select
        universe_id,
        price_date,
        coin_id,
        case when any_value(is_now) then 'entered' else 'left' end as change
    from counted_about
    group by universe_id, price_date, coin_id
    having count(*) = 1
),

exchanged as (
    select
        new.universe_id,
        new.price_date,
        migration.from_coin_id as coin_id,
        min(new.coin_id) as into_id
    from basket_day as new
    inner join migration
        on migration.to_coin_id = new.coin_id and migration.started_date <= new.price_date
    group by new.universe_id, new.price_date, migration.from_coin_id
),

universe_change_day as (
    select
        changed.universe_id,
        changed.price_date,
        changed.coin_id,
        changed.change,
        case
            when changed.change = 'entered' then null
            when basket_member.last_date < changed.price_date then 'past its last day'
            when exchanged.into_id is not null then 'migrated into ' || exchanged.into_id
            when basket_member.coin_id is not null then 'no close within seven days'
            when universe_candidate_day.coin_id is not null
                then universe_candidate_day.left_out_because
            -- Gone from the list, or its row was refused.
            when snapshot.coin_id is null then 'in no crawl of the day'
            else 'no longer a member'
        end as because
    from changed
    left join basket_member using (universe_id, coin_id)
    left join exchanged using (universe_id, price_date, coin_id)
    left join universe_candidate_day using (universe_id, price_date, coin_id)
    left join token_snapshot_day as snapshot using (price_date, coin_id)
)

select * from universe_change_day
