-- description: The step of a universe to a day from its day before, so that a gap is one step.
-- growth_…: mean of price over price before, by weights of the day before, over n_used of its
-- n_members; those without a price are carried (marts.universe_token_day; n_carried), as if they
-- stood still, and who cannot be carried is held out, as if it had moved like the others. Limited:
-- by market cap, no weight over weight_limit (of 25 % where the universe sets none, and of equal
-- weights where there are too few for it), what is over it shared pro rata. …_usd: the parts of the
-- change of the members' sum, to the cent. One row per universe and day that has a day before.
-- grain: universe_id, price_date
-- incremental: price_date
-- column n_members: Members of the universe on the day before, and who has returned since.
-- column n_used: Those of them that the growth rests on.
-- column n_carried: Those of n_used whose price of the day is carried.
-- column weight_limit: Largest share that a member has in the limited index.

with universe_token_day as (
    select *
    from marts.universe_token_day
    where before_date is not null
),

weight_limit as (
    select universe_id, weight_limit from staging.universe__universe
    union all
    select universe_id, weight_limit from staging.universe__basket
),

grown as (
    select
        *,
        case when was_member or has_returned then price_usd / price_before_usd end as growth
    from universe_token_day
),

-- No market cap of this world is left out.
moved as (
    select
        * replace (
            case
                when growth < 1e25 and weight_before_usd * greatest(growth, 1) < 1e27
                    then weight_before_usd
            end as weight_before_usd
        )
    from grown
),

-- Decimals, so that the order of addition does not show; numbers of up to 1e26 have room.
exact as materialized (
    select
        universe_id,
        price_date,
        before_date,
        known_at,
        was_member,
        is_member,
        weight_before_usd,
        growth,
        cast(weight_before_usd as decimal(38, 9)) as cap_before,
        cast(weight_before_usd * growth as decimal(38, 9)) as cap_grown,
        cast(sqrt(weight_before_usd) as decimal(38, 12)) as root_before,
        cast(sqrt(weight_before_usd) * growth as decimal(38, 12)) as root_grown,
        cast(growth as decimal(38, 12)) as grown,
        cast(market_cap_before_usd as decimal(38, 2)) as cents_before,
        cast(market_cap_usd as decimal(38, 2)) as cents,
        -- What is rounded to nothing has no logarithm.
        coalesce(cap_before > 0 and cap_grown > 0 and grown > 0, false) as is_used,
        is_used and is_price_carried as is_still,
        was_member or has_returned as was_held,
        was_member and is_member as has_stayed,
        has_stayed
        and is_used
        and not was_carried
        and not is_carried
        and market_cap_usd is not null as is_split
    from moved
),

added as (
    select
        universe_id,
        price_date,
        max(before_date) as before_date,
        max(known_at) as known_at,
        count(*) filter (was_held) as n_members,
        count(*) filter (is_used) as n_used,
        count(*) filter (is_still) as n_carried,
        count(*) filter (not was_member) as n_entered,
        count(*) filter (not is_member) as n_left,
        count(*) filter (has_stayed and not is_split) as n_unsplit,
        sum(cap_before) filter (is_used) as cap_before,
        sum(cap_grown) filter (is_used) as cap_grown,
        sum(root_before) filter (is_used) as root_before,
        sum(root_grown) filter (is_used) as root_grown,
        sum(grown) filter (is_used) as grown,
        -- No more than 20 can be over a limit of 5 %, the least that a universe may set.
        max(weight_before_usd, 20) filter (is_used) as largest,
        sum(cap_grown) filter (is_split) - sum(cap_before) filter (is_split) as by_price,
        sum(cents) filter (is_split) - sum(cents_before) filter (is_split) as split_usd,
        sum(cents) filter (not was_member) as entered_usd,
        sum(cents_before) filter (not is_member) as left_usd,
        sum(cents_before) filter (has_stayed and not is_split) as unsplit_before_usd,
        sum(cents) filter (has_stayed and not is_split) as unsplit_usd
    from exact
    group by universe_id, price_date
),

limited as (
    select
        added.*,
        case
            when added.n_used > 0
                then greatest(coalesce(weight_limit.weight_limit, 0.25), 1 / added.n_used)
        end as weight_limit,
        cast(added.cap_before as double) as total
    from added
    left join weight_limit using (universe_id)
),

-- The fewest of the largest to hold at the limit so that none of the others is over it.
held as (
    select
        *,
        list_first(
            list_filter(
                range(0, len(largest) + 1),
                lambda n: n >= len(largest) or largest[n + 1] * (1 - n * weight_limit)
                <= weight_limit * (1 + 1e-9) * (total - coalesce(list_sum(largest[1:n]), 0))
            )
        ) as n_limited
    from limited
),

-- As changes, so that with flat prices they are nothing at all, however the weights are rounded.
held_and_others as (
    select
        exact.universe_id,
        exact.price_date,
        exact.weight_before_usd >= coalesce(held.largest[held.n_limited], 'infinity') as is_held,
        count(*) as n_tokens,
        cast(sum(exact.grown - 1) as double) as changed,
        cast(sum(exact.cap_grown - exact.cap_before) as double)
        / nullif(cast(sum(exact.cap_before) as double), 0) as cap_changed
    from exact
    inner join (from held where n_limited > 0) as held using (universe_id, price_date)
    where exact.is_used
    group by all
),

weighed as (
    select
        universe_id,
        price_date,
        1
        + coalesce(any_value(held.weight_limit * part.changed) filter (part.is_held), 0)
        + (1 - coalesce(any_value(part.n_tokens) filter (part.is_held), 0) * any_value(held.weight_limit))
        * coalesce(any_value(part.cap_changed) filter (not part.is_held), 0)
            as growth_limited_cap_weighted
    from held_and_others as part
    inner join held using (universe_id, price_date)
    group by universe_id, price_date
),

sector_step_day as (
    select
        universe_id,
        price_date,
        limited.before_date,
        limited.n_members,
        limited.n_used,
        limited.n_carried,
        limited.weight_limit,
        cast(limited.cap_grown as double) / cast(limited.cap_before as double)
            as growth_cap_weighted,
        -- Where nobody is over the limit, the two are one.
        coalesce(weighed.growth_limited_cap_weighted, growth_cap_weighted)
            as growth_limited_cap_weighted,
        cast(limited.root_grown as double) / cast(limited.root_before as double)
            as growth_sqrt_cap_weighted,
        cast(limited.grown as double) / limited.n_used as growth_equal_weighted,
        coalesce(cast(limited.by_price as decimal(38, 2)), 0) as price_effect_usd,
        coalesce(limited.split_usd - cast(limited.by_price as decimal(38, 2)), 0)
            as supply_effect_usd,
        coalesce(limited.entered_usd, 0) as entries_usd,
        coalesce(limited.left_usd, 0) as exits_usd,
        coalesce(limited.unsplit_usd, 0) - coalesce(limited.unsplit_before_usd, 0) as unsplit_usd,
        limited.n_entered,
        limited.n_left,
        limited.n_unsplit,
        limited.known_at
    from limited
    left join weighed using (universe_id, price_date)
)

select * from sector_step_day
