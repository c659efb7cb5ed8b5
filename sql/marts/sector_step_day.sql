-- description: The step of a universe to a day from its day before: the last one on which the
-- market cap of a member was known, so that a gap is one step. growth_…: mean of price over price
-- before, by weights of the day before, over n_used of its n_members (those with both prices and
-- that market cap). The others are held out, as if they had moved like these. …_usd: the parts of
-- the change of the members' sum, to the cent. Bundled universes rest on files alone, ai-17 on
-- month starts; live ones on crawls, where a held price is unknown. One row per universe and day
-- that has a day before.
-- grain: universe_id, price_date

with category_day as (
    select universe_id, price_date, known_at
    from marts.category_day
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
    where not is_held_spike
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
        category_day.universe_id,
        category_day.price_date,
        lag(category_day.price_date) over dates as before_date,
        lead(category_day.price_date) over dates as next_date,
        greatest(category_day.known_at, lag(category_day.known_at) over dates) as known_at,
        case
            when universe.universe_id is not null then 'crawls'
            when category_day.universe_id = 'ai-17' then 'months'
            else 'files'
        end as series
    from category_day
    left join universe using (universe_id)
    window dates as (partition by category_day.universe_id order by category_day.price_date)
),

member as (
    select
        universe_date.universe_id,
        universe_date.price_date,
        universe_date.next_date,
        universe_date.series,
        universe_day.coin_id,
        priced.price_usd,
        priced.market_cap_usd
    from universe_date
    inner join universe_day using (universe_id, price_date)
    left join priced
        on priced.series = universe_date.series
        and priced.coin_id = universe_day.coin_id
        and priced.price_date = universe_date.price_date
),

paired as (
    select
        universe_id,
        price_date,
        coin_id,
        before.series,
        before.coin_id is not null as was_member,
        today.coin_id is not null as is_member,
        before.price_usd as price_before_usd,
        before.market_cap_usd as cap_before_usd,
        today.price_usd,
        today.market_cap_usd as cap_usd
    from (select * exclude (price_date), next_date as price_date from member) as before
    full join member as today using (universe_id, price_date, coin_id)
),

-- Who is counted no more moves the index once more, if a price was seen.
moved as (
    select * exclude (series), price_usd / price_before_usd as growth
    from paired
    where is_member
    union all by name
    select
        left_out.* exclude (series),
        priced.price_usd / left_out.price_before_usd as growth
    from (select * exclude (price_usd) from paired where not is_member) as left_out
    left join priced using (series, coin_id, price_date)
),

judged as (
    select
        universe_id,
        price_date,
        was_member,
        is_member,
        cap_before_usd,
        growth,
        growth is not null and cap_before_usd is not null as is_used,
        was_member and is_member as is_stayer,
        is_stayer and is_used and cap_usd is not null as is_split,
        sqrt(cap_before_usd) as root,
        cast(cap_before_usd as decimal(38, 2)) as cents_before,
        cast(cap_usd as decimal(38, 2)) as cents
    from moved
),

-- Decimals, so that the order of addition does not show: a product of up to 1e26 has room.
added as (
    select
        universe_id,
        price_date,
        count(*) filter (was_member) as n_members,
        count(*) filter (is_used) as n_used,
        count(*) filter (not was_member) as n_entered,
        count(*) filter (not is_member) as n_left,
        count(*) filter (is_stayer and not is_split) as n_unsplit,
        sum(cast(cap_before_usd as decimal(38, 9))) filter (is_used) as cap_before,
        sum(cast(cap_before_usd * growth as decimal(38, 9))) filter (is_used) as cap_moved,
        sum(cast(root as decimal(38, 12))) filter (is_used) as root_before,
        sum(cast(root * growth as decimal(38, 12))) filter (is_used) as root_moved,
        sum(cast(growth as decimal(38, 12))) filter (is_used) as growths,
        sum(cast(cap_before_usd * growth as decimal(38, 9))) filter (is_split)
        - sum(cast(cap_before_usd as decimal(38, 9))) filter (is_split) as by_price,
        sum(cents_before) filter (is_split) as split_before,
        sum(cents) filter (is_split) as split_today,
        sum(cents) filter (not was_member) as entered,
        sum(cents_before) filter (not is_member) as departed,
        sum(cents_before) filter (is_stayer and not is_split) as unsplit_before,
        sum(cents) filter (is_stayer and not is_split) as unsplit_today
    from judged
    group by universe_id, price_date
),

sector_step_day as (
    select
        universe_date.universe_id,
        universe_date.price_date,
        universe_date.before_date,
        added.n_members,
        added.n_used,
        cast(added.cap_moved as double) / cast(added.cap_before as double) as growth_cap_weighted,
        cast(added.root_moved as double) / cast(added.root_before as double)
            as growth_sqrt_cap_weighted,
        cast(added.growths as double) / added.n_used as growth_equal_weighted,
        coalesce(cast(added.by_price as decimal(38, 2)), 0) as price_effect_usd,
        coalesce(added.split_today - added.split_before, 0)
        - coalesce(cast(added.by_price as decimal(38, 2)), 0) as supply_effect_usd,
        coalesce(added.entered, 0) as entries_usd,
        coalesce(added.departed, 0) as exits_usd,
        coalesce(added.unsplit_today, 0) - coalesce(added.unsplit_before, 0) as unsplit_usd,
        added.n_entered,
        added.n_left,
        added.n_unsplit,
        universe_date.known_at
    from universe_date
    inner join added using (universe_id, price_date)
    where universe_date.before_date is not null
)

select * from sector_step_day
