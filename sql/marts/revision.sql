-- description: Figures that a publisher gave otherwise later on for the same day or thing, with
-- what was known first and what is known now: closes and market caps of CoinGecko, counts of
-- holdings and figures of chips of Epoch AI. What was revised and put back is none. One row per
-- quantity, subject and day.
-- grain: quantity, subject_id, value_date
-- column quantity: What was revised, by the name that its column has elsewhere.
-- column subject: What it is a quantity of, as it is named.
-- column subject_id: The same by its id: a token, a chip, or owner, designer and chip.
-- column value_date: Day that it speaks of, or the end of its period; null: it has none.
-- column first_value: Value that was known first.
-- column value: Value that is known now.
-- column ratio: The value now over the first one.
-- column known_at: Since when it is known so.

with close_revision as (
    select coin_id, price_date, close_before_usd, close_usd, known_at
    from staging.coingecko__chart_revision
),

cap_revision as (
    select coin_id, price_date, market_cap_before_usd, market_cap_usd, known_at
    from staging.coingecko__cap_revision
),

holding_revision as (
    select
        owner,
        designer,
        chip,
        period_end,
        is_running_total,
        first_h100e_8bit_epoch,
        h100e_8bit_epoch,
        known_at
    from staging.epoch__holding_revision
),

gpu_revision as (
    select name, field, change, old_value, new_value, known_at from marts.gpu_revision
),

token as (
    select coin_id, name from marts.token
),

of_tokens as (
    select
        'close_usd' as quantity,
        coin_id,
        price_date,
        close_before_usd as old_value,
        close_usd as new_value,
        known_at
    from close_revision
    union all
    select 'market_cap_usd', coin_id, price_date, market_cap_before_usd, market_cap_usd, known_at
    from cap_revision
),

step as (
    select
        of_tokens.quantity,
        coalesce(token.name, of_tokens.coin_id) as subject,
        of_tokens.coin_id as subject_id,
        of_tokens.price_date as value_date,
        of_tokens.old_value,
        of_tokens.new_value,
        of_tokens.known_at
    from of_tokens
    left join token using (coin_id)
    union all
    select field, name, name, null, old_value, new_value, known_at
    from gpu_revision
    where change = 'moved'
    union all
    select
        'h100e_8bit_epoch',
        owner || ', ' || designer || case when chip != 'all' then ', ' || chip else '' end,
        owner || ', ' || designer || ', ' || chip,
        period_end,
        first_h100e_8bit_epoch,
        h100e_8bit_epoch,
        known_at
    from holding_revision
    where is_running_total
),

revision as (
    select
        quantity,
        any_value(subject) as subject,
        subject_id,
        value_date,
        arg_min(old_value, known_at) as first_value,
        arg_max(new_value, known_at) as value,
        max(known_at) as known_at
    from step
    group by quantity, subject_id, value_date
)

select
    quantity,
    subject,
    subject_id,
    value_date,
    first_value,
    value,
    value / nullif(first_value, 0) as ratio,
    known_at
from revision
where first_value is distinct from value
