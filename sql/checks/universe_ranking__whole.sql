-- description: The shares of a universe's tokens sum to 1, the largest has place 1, ranks go with a
-- market cap, and all tokens that the universe counts on its last day are there. One row per
-- universe that breaks that.

with universe_ranking as (
    select * from marts.universe_ranking
),

universe_day as (
    select universe_id, price_date, coin_id from marts.universe_day
),

category_day as (
    select universe_id, max(price_date) as price_date
    from marts.category_day
    where member_sum_usd is not null
    group by universe_id
),

expected as (
    select universe_day.*
    from universe_day
    inner join category_day using (universe_id, price_date)
),

judged as (
    select
        universe_id,
        count(*) filter (universe_ranking.coin_id is null) as n_missing,
        count(*) filter (
            (universe_ranking.place is null) <> (universe_ranking.market_cap_usd is null)
        ) as n_misplaced,
        min(universe_ranking.place) as first_place,
        sum(universe_ranking.share) as share
    from universe_ranking
    full join expected using (universe_id, price_date, coin_id)
    group by universe_id
)

select *
from judged
where n_missing > 0 or n_misplaced > 0 or first_place <> 1 or abs(share - 1) > 1e-9
