-- description: Chain-linked indices of a universe's prices, 100 on base_date: each day multiplies
-- by the mean growth since the day before (days_since_before: over 1 across a gap) of the members
-- of that day, weighted by market cap (without and with a limit to the share of one), by its square
-- root and equally, rebalanced each step. Members that enter or leave and changes of supply do not
-- move them. A member without a price stands still for up to seven days (n_carried) and moves at
-- once when it is priced again; after that it is held out. n_used of the n_members of the day before
-- were known or carried; where none was, the indices begin anew, with another base_date. Days on
-- which no cap of a member is known have none. One row per universe and day.
-- grain: universe_id, price_date
-- column n_members: Members of the universe on the day before, and who has returned since.
-- column n_used: Those of them that the growth rests on.
-- column n_carried: Those of n_used whose price of the day is carried.
-- column weight_limit: Largest share of a member in the limited index since the day before.

with category_day as (
    select universe_id, price_date, known_at
    from marts.category_day
    where member_sum_usd is not null
),

universe_day as (
    select distinct universe_id, price_date from marts.universe_day
),

sector_step_day as (
    select
        universe_id,
        price_date,
        before_date,
        n_members,
        n_used,
        n_carried,
        weight_limit,
        growth_cap_weighted,
        growth_limited_cap_weighted,
        growth_sqrt_cap_weighted,
        growth_equal_weighted
    from marts.sector_step_day
),

stepped as (
    select
        *,
        count(*) filter (coalesce(n_used, 0) = 0) over (
            partition by universe_id
            order by price_date
            rows between unbounded preceding and current row
        ) as chain
    from category_day
    -- Vendor categories are no universes.
    inner join universe_day using (universe_id, price_date)
    left join sector_step_day using (universe_id, price_date)
),

-- Decimals, so that the order of addition does not show.
added as (
    select
        *,
        first_value(price_date) over steps as base_date,
        sum(cast(ln(growth_cap_weighted) as decimal(38, 18))) over steps as ln_cap_weighted,
        sum(cast(ln(growth_limited_cap_weighted) as decimal(38, 18))) over steps
            as ln_limited_cap_weighted,
        sum(cast(ln(growth_sqrt_cap_weighted) as decimal(38, 18))) over steps
            as ln_sqrt_cap_weighted,
        sum(cast(ln(growth_equal_weighted) as decimal(38, 18))) over steps as ln_equal_weighted
    from stepped
    window
        steps as (
            partition by universe_id, chain
            order by price_date
            rows between unbounded preceding and current row
        )
),

sector_index_day as (
    select
        universe_id,
        price_date,
        100 * exp(cast(coalesce(ln_cap_weighted, 0) as double)) as index_cap_weighted,
        100 * exp(cast(coalesce(ln_limited_cap_weighted, 0) as double))
            as index_limited_cap_weighted,
        100 * exp(cast(coalesce(ln_sqrt_cap_weighted, 0) as double)) as index_sqrt_cap_weighted,
        100 * exp(cast(coalesce(ln_equal_weighted, 0) as double)) as index_equal_weighted,
        base_date,
        price_date - before_date as days_since_before,
        n_members,
        n_used,
        n_carried,
        weight_limit,
        max(known_at) over (
            partition by universe_id, chain
            order by price_date
            rows between unbounded preceding and current row
        ) as known_at
    from added
)

select * from sector_index_day
