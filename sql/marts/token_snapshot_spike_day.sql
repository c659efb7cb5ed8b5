-- description: Prices of crawls over 1,000 times or under 1/1,000 both of that of the snapshot before
-- (base_usd; without one, of the close) and of the close before, each of the 14 days before. is_held:
-- the price of the next snapshot, of the 14 days after, is not within a factor of 10 of it, so that
-- it is not believed. One row per token and day.
-- grain: coin_id, seen_date
-- incremental: seen_date
-- reach: 28 days back, 14 days ahead
-- column is_held: Whether the next snapshot has not confirmed the spike, so that it is not believed.

with market as (
    select category_id, coin_id, seen_date, price_usd, last_updated_at, known_at
    from staging.coingecko__market
),

token_close_day as (
    select coin_id, price_date, close_usd from marts.token_close_day where is_kept
),

-- Only coins with prices that far apart can have a spike: few are to be looked at.
far_apart as (
    select coin_id
    from (
        select coin_id, price_usd from market
        union all
        select coin_id, close_usd from token_close_day
    )
    group by coin_id
    having max(price_usd) > 999 * min(price_usd)
),

newest as (
    select coin_id, seen_date, price_usd
    from market
    where coin_id in (select far_apart.coin_id from far_apart)
    qualify row_number() over (
        partition by coin_id, seen_date
        order by last_updated_at desc nulls last, known_at desc, category_id
    ) = 1
),

with_neighbours as (
    select
        newest.coin_id,
        newest.seen_date,
        newest.price_usd,
        case when closed.price_date >= newest.seen_date - 14 then closed.close_usd end as close_usd,
        case
            when lag(newest.seen_date) over series >= newest.seen_date - 14
                then lag(newest.price_usd) over series
        end as price_before_usd,
        coalesce(
            lead(newest.seen_date) over series <= newest.seen_date + 14
            and lead(newest.price_usd) over series / newest.price_usd between 0.1 and 10,
            false
        ) as is_followed
    from newest
    asof left join token_close_day as closed
        on closed.coin_id = newest.coin_id and closed.price_date < newest.seen_date
    where newest.price_usd is not null
    window series as (partition by newest.coin_id order by newest.seen_date)
),

-- As for closes: what is no spike against its neighbours is what the others are measured by. It
-- is none if the crawl or the close before bears it out; nulls count for neither.
levelled as (
    select
        *,
        is_followed
        or coalesce(
            least(
                greatest(price_usd / price_before_usd, price_before_usd / price_usd),
                greatest(price_usd / close_usd, close_usd / price_usd)
            ) <= 1e3,
            true
        ) as is_level
    from with_neighbours
),

with_level as (
    select
        *,
        last_value(case when is_level then price_usd end ignore nulls) over (
            partition by coin_id
            order by seen_date
            range between interval 14 days preceding and interval 1 day preceding
        ) as level_usd
    from levelled
),

token_snapshot_spike_day as (
    select
        coin_id,
        seen_date,
        price_usd,
        coalesce(level_usd, close_usd) as base_usd,
        not is_followed as is_held
    from with_level
    where least(
        greatest(price_usd / level_usd, level_usd / price_usd),
        greatest(price_usd / close_usd, close_usd / price_usd)
    ) > 1e3
)

select * from token_snapshot_spike_day
