-- description: No market cap is counted twice in a universe on a day: not a token beside the one
-- that it stands for, nor beside its successor once the exchange had begun. One row per universe,
-- day and pair that is.
-- incremental: price_date

with universe_day as (
    select universe_id, price_date, coin_id from marts.universe_day
),

twin as (
    select coin_id, of_coin_id from staging.universe__twin
),

migration as (
    select from_coin_id, to_coin_id, started_date from staging.universe__migration
),

pair as (
    select coin_id, of_coin_id as other_id, null as since_date from twin
    union all
    -- The same id twice is a new symbol only.
    select from_coin_id, to_coin_id, started_date from migration where from_coin_id <> to_coin_id
)

select one.universe_id, one.price_date, one.coin_id, pair.other_id
from universe_day as one
inner join pair using (coin_id)
inner join universe_day as other
    on other.universe_id = one.universe_id
    and other.price_date = one.price_date
    and other.coin_id = pair.other_id
where coalesce(one.price_date >= pair.since_date, true)
