-- description: The step of a universe to a day from its day before: the last one of the 31 days
-- before on which the market cap of a member was known, so that a gap is one step. growth_…: mean of
-- price over price before, by weights of the day before, over n_used of its n_members (those with
-- both prices and that market cap). The others are held out, as if they had moved like these. …_usd:
-- the parts of the change of the members' sum, to the cent. Bundled universes rest on files alone,
-- ai-17 on month starts; live ones on crawls, where a held price is unknown. One row per universe
-- and day that has a day before.
-- grain: universe_id, price_date
-- incremental: price_date
-- reach: 31 days back
-- column n_members: Members of the universe on the day before.
-- column n_used: Those of them that the growth rests on: both prices and that market cap are known.

with category_sum_day as (
    select universe_id, price_date, known_at
    from marts.category_sum_day
    where member_sum_usd is not null
),

universe_day as (
    select universe_id, price_date, coin_id from marts.universe_day
),

universe as (
    select universe_id from staging.universe__universe
),

token_day as (
    select coin_id, price_date, close_usd, market_cap_usd from marts.token_day_from_files
),

token_month as (
    select coin_id, price_date, price_usd, market_cap_usd from marts.token_month
),

token_snapshot_day as (
    select coin_id, seen_date, price_usd, market_cap_usd
    from marts.token_snapshot_day
    where is_held_spike is not true
),

priced as (
    select 'files' as series, coin_id, price_date, close_usd as price_usd, market_cap_usd
    from token_day
    union all
    select 'months', coin_id, price_date, price_usd, market_cap_usd from token_month
    union all
    select 'crawls', coin_id, seen_date, price_usd, market_cap_usd from token_snapshot_day
),

universe_date as (
    select
        day.universe_id,
        day.price_date,
        lag(day.price_date) over dates as before_date,
        case
            when universe.universe_id is not null then 'crawls'
            when day.universe_id = 'ai-17' then 'months'
            else 'files'
        end as series,
        greatest(day.known_at, lag(day.known_at) over dates) as known_at
    from category_sum_day as day
    left join universe using (universe_id)
    window dates as (partition by day.universe_id order by day.price_date)
),

step as (
    select * from universe_date where before_date >= price_date - 31
),

-- Members of the day, and of the day before it.
member as (
    select
        step.universe_id,
        step.price_date,
        universe_day.coin_id,
        true as is_today,
        priced.price_usd,
        priced.market_cap_usd
    from step
    inner join universe_day using (universe_id, price_date)
    left join priced
        on priced.series = step.series
        and priced.coin_id = universe_day.coin_id
        and priced.price_date = step.price_date
    union all
    select
        step.universe_id,
        step.price_date,
        universe_day.coin_id,
        false,
        priced.price_usd,
        priced.market_cap_usd
    from step
    inner join universe_day
        on universe_day.universe_id = step.universe_id
        and universe_day.price_date = step.before_date
    left join priced
        on priced.series = step.series
        and priced.coin_id = universe_day.coin_id
        and priced.price_date = step.before_date
),

paired as (
    select
        universe_id,
        price_date,
        coin_id,
        bool_or(not is_today) as was_member,
        bool_or(is_today) as is_member,
        max(price_usd) filter (not is_today) as price_before_usd,
        max(market_cap_usd) filter (not is_today) as cap_before_usd,
        max(price_usd) filter (is_today) as price_usd,
        max(market_cap_usd) filter (is_today) as cap_usd
    from member
    group by universe_id, price_date, coin_id
),

-- Who is counted no more moves the index once more, if a price was seen.
moved as (
    select *, price_usd / price_before_usd as growth
    from paired
    where is_member
    union all by name
    select left_out.*, priced.price_usd / left_out.price_before_usd as growth
    from (select * from paired where not is_member) as left_out
    inner join step using (universe_id, price_date)
    left join priced
        on priced.series = step.series
        and priced.coin_id = left_out.coin_id
        and priced.price_date = step.price_date
),

-- Decimals, so that the order of addition does not show; numbers of up to 1e26 have room.
exact as (
    select
        universe_id,
        price_date,
        was_member,
        is_member,
        moved.growth is not null and cap_before_usd is not null as is_used,
        was_member and is_member as has_stayed,
        has_stayed and is_used and cap_usd is not null as is_split,
        cast(cap_before_usd as decimal(38, 9)) as cap_before,
        cast(cap_before_usd * moved.growth as decimal(38, 9)) as cap_grown,
        cast(sqrt(cap_before_usd) as decimal(38, 12)) as root_before,
        cast(sqrt(cap_before_usd) * moved.growth as decimal(38, 12)) as root_grown,
        cast(moved.growth as decimal(38, 12)) as grown,
        cast(cap_before_usd as decimal(38, 2)) as cents_before,
        cast(cap_usd as decimal(38, 2)) as cents
    from moved
),

added as (
    select
        universe_id,
        price_date,
        count(*) filter (was_member) as n_members,
        count(*) filter (is_used) as n_used,
        count(*) filter (not was_member) as n_entered,
        count(*) filter (not is_member) as n_left,
        count(*) filter (has_stayed and not is_split) as n_unsplit,
        sum(cap_before) filter (is_used) as cap_before,
        sum(cap_grown) filter (is_used) as cap_grown,
        sum(root_before) filter (is_used) as root_before,
        sum(root_grown) filter (is_used) as root_grown,
        sum(grown) filter (is_used) as grown,
        sum(cap_grown) filter (is_split) - sum(cap_before) filter (is_split) as by_price,
        sum(cents) filter (is_split) - sum(cents_before) filter (is_split) as split_usd,
        sum(cents) filter (not was_member) as entered_usd,
        sum(cents_before) filter (not is_member) as left_usd,
        sum(cents_before) filter (has_stayed and not is_split) as unsplit_before_usd,
        sum(cents) filter (has_stayed and not is_split) as unsplit_usd
    from exact
    group by universe_id, price_date
),

sector_step_day as (
    select
        step.universe_id,
        step.price_date,
        step.before_date,
        added.n_members,
        added.n_used,
        cast(added.cap_grown as double) / cast(added.cap_before as double) as growth_cap_weighted,
        cast(added.root_grown as double) / cast(added.root_before as double)
            as growth_sqrt_cap_weighted,
        cast(added.grown as double) / added.n_used as growth_equal_weighted,
        coalesce(cast(added.by_price as decimal(38, 2)), 0) as price_effect_usd,
        coalesce(added.split_usd - cast(added.by_price as decimal(38, 2)), 0)
            as supply_effect_usd,
        coalesce(added.entered_usd, 0) as entries_usd,
        coalesce(added.left_usd, 0) as exits_usd,
        coalesce(added.unsplit_usd, 0) - coalesce(added.unsplit_before_usd, 0) as unsplit_usd,
        added.n_entered,
        added.n_left,
        added.n_unsplit,
        step.known_at
    from step
    inner join added using (universe_id, price_date)
)

select * from sector_step_day
