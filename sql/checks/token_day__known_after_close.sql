-- description: The close of a day is known on the next day at the earliest. One row per close
-- known too early.
-- incremental: price_date

with token_day as (
    select coin_id, price_date, known_at from marts.token_day
)

select * from token_day where coalesce(cast(known_at as date) <= price_date, true)
