-- description: Tokens that a universe counts on a day and did not on its day before, and the
-- other way round, with the reason for those that left; the first day of a universe has none, nor
-- one over 31 days after the day before it. One row per universe, day and token.
-- grain: universe_id, price_date, coin_id
-- incremental: price_date
-- reach: 31 days back

with universe_candidate_day as (
    select universe_id, price_date, coin_id, left_out_because from marts.universe_candidate_day
),

universe_date as (
    select
        universe_id,
        price_date,
        case
            when lead(price_date) over (partition by universe_id order by price_date)
                <= price_date + 31
                then lead(price_date) over (partition by universe_id order by price_date)
        end as next_date
    from (select distinct universe_id, price_date from universe_candidate_day)
),

counted as (
    select universe_id, price_date, coin_id
    from universe_candidate_day
    where left_out_because is null
),

token_snapshot_day as (
    select coin_id, seen_date as price_date from marts.token_snapshot_day
),

counted_before as (
    select counted.universe_id, universe_date.next_date as price_date, counted.coin_id
    from counted
    inner join universe_date using (universe_id, price_date)
    where universe_date.next_date is not null
),

entered as (
    select counted.universe_id, counted.price_date, counted.coin_id, 'entered' as change
    from counted
    inner join universe_date
        on universe_date.universe_id = counted.universe_id
        and universe_date.next_date = counted.price_date
    anti join counted_before
        on counted_before.universe_id = counted.universe_id
        and counted_before.price_date = counted.price_date
        and counted_before.coin_id = counted.coin_id
),

departed as (
    select counted_before.*, 'left' as change
    from counted_before
    anti join counted using (universe_id, price_date, coin_id)
),

universe_change_day as (
    select
        changed.universe_id,
        changed.price_date,
        changed.coin_id,
        changed.change,
        case
            when changed.change = 'entered' then null
            when universe_candidate_day.coin_id is not null
                then universe_candidate_day.left_out_because
            -- Gone from the list, or its row was refused.
            when snapshot.coin_id is null then 'in no crawl of the day'
            else 'no longer a member'
        end as because
    from (
        select * from entered
        union all
        select * from departed
    ) as changed
    left join universe_candidate_day using (universe_id, price_date, coin_id)
    left join token_snapshot_day as snapshot using (price_date, coin_id)
)

select * from universe_change_day
