-- description: Tokens as CoinGecko's crawls of a day saw them at a moment of it, not at its close;
-- of several crawls the row updated last. is_stale: older than the strictest universe allows (null
-- without such a rule; an unknown age is not fresh); cap_mismatch: the market cap is over 2 % off
-- price times circulating supply. A price over 1,000 times or under 1/1,000 of that of the snapshot
-- before (base_usd; without one, of the close) and of the close before is a spike, and held until
-- the price of the next snapshot is within a factor of 10 of it. One row per token and day.
-- grain: coin_id, seen_date
-- column symbol: Short name of the token, as the vendor writes it; not unique.
-- column name: Name of the token, as the vendor writes it, in full.

with market as (
    select
        coin_id,
        seen_date,
        symbol,
        name,
        price_usd,
        market_cap_usd,
        market_cap_rank,
        fully_diluted_valuation_usd,
        volume_24h_usd,
        circulating_supply,
        total_supply,
        max_supply,
        price_change_24h_pct,
        ath_usd,
        ath_at,
        atl_usd,
        atl_at,
        last_updated_at,
        category_id,
        known_at
    from staging.coingecko__market
),

universe as (
    select max_staleness_hours from staging.universe__universe
),

token_close_day as (
    select coin_id, price_date, close_usd from marts.token_close_day where is_kept
),

newest as (
    select * exclude (category_id)
    from market
    qualify row_number() over (
        partition by coin_id, seen_date
        order by last_updated_at desc nulls last, known_at desc, category_id
    ) = 1
),

-- Only coins with prices that far apart can have a spike: few are to be looked at.
far_apart as (
    select coin_id
    from (
        select coin_id, price_usd from newest
        union all
        select coin_id, close_usd from token_close_day
    )
    group by coin_id
    having max(price_usd) > 999 * min(price_usd)
),

with_neighbours as (
    select
        newest.coin_id,
        newest.seen_date,
        newest.price_usd,
        closed.close_usd,
        lag(newest.price_usd) over series as price_before_usd,
        coalesce(
            lead(newest.price_usd) over series / newest.price_usd between 0.1 and 10,
            false
        ) as is_followed
    from newest
    asof left join token_close_day as closed
        on closed.coin_id = newest.coin_id and closed.price_date < newest.seen_date
    where
        newest.price_usd is not null
        and newest.coin_id in (select far_apart.coin_id from far_apart)
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
            rows between unbounded preceding and 1 preceding
        ) as level_usd
    from levelled
),

judged as (
    select
        coin_id,
        seen_date,
        coalesce(level_usd, close_usd) as base_usd,
        least(
            greatest(price_usd / level_usd, level_usd / price_usd),
            greatest(price_usd / close_usd, close_usd / price_usd)
        ) > 1e3 as is_spike,
        is_spike and not is_followed as is_held_spike
    from with_level
),

aged as (
    select
        *,
        date_diff('second', last_updated_at, known_at) / 3600.0 as age_hours
    from newest
),

token_snapshot_day as (
    select
        aged.* exclude (known_at, age_hours),
        aged.age_hours,
        case
            when strictest.max_staleness_hours is not null
                then coalesce(aged.age_hours > strictest.max_staleness_hours, true)
        end as is_stale,
        abs(
            aged.market_cap_usd / nullif(aged.price_usd * aged.circulating_supply, 0) - 1
        ) > 0.02 as cap_mismatch,
        case when judged.is_spike then judged.base_usd end as base_usd,
        coalesce(judged.is_spike, false) as is_spike,
        coalesce(judged.is_held_spike, false) as is_held_spike,
        aged.known_at
    from aged
    left join judged using (coin_id, seen_date)
    cross join (
        select min(max_staleness_hours) as max_staleness_hours from universe
    ) as strictest
)

select * from token_snapshot_day
