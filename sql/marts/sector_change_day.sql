-- description: Change of a universe's members' sum (marts.category_day) since its day before, in
-- parts that sum to it to the cent: price_effect_usd at the supplies of the day before,
-- supply_effect_usd at the prices of the day (it takes what is rounded), both of members that
-- stayed; entries_usd less exits_usd, of members that came and went; unsplit_usd, of n_unsplit
-- members that stayed, whose price or market cap is unknown on one of the two days. A day is one on
-- which a member's cap is known. One row per universe and day that has a day before.
-- grain: universe_id, price_date

with category_day as (
    select universe_id, price_date, member_sum_usd from marts.category_day
),

sector_step_day as (
    select
        universe_id,
        price_date,
        before_date,
        price_effect_usd,
        supply_effect_usd,
        entries_usd,
        exits_usd,
        unsplit_usd,
        n_entered,
        n_left,
        n_unsplit,
        known_at
    from marts.sector_step_day
),

sector_change_day as (
    select
        step.universe_id,
        step.price_date,
        step.price_date - step.before_date as days_since_before,
        today.member_sum_usd - before.member_sum_usd as change_usd,
        step.price_effect_usd,
        step.supply_effect_usd,
        step.entries_usd,
        step.exits_usd,
        step.unsplit_usd,
        step.n_entered,
        step.n_left,
        step.n_unsplit,
        step.known_at
    from sector_step_day as step
    inner join category_day as today
        on today.universe_id = step.universe_id and today.price_date = step.price_date
    inner join category_day as before
        on before.universe_id = step.universe_id and before.price_date = step.before_date
)

select * from sector_change_day
