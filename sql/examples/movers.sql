-- description: The liquid tokens of each universe that moved most in seven days, with their ranks.
-- One row per universe and token.
-- grain: universe_id, coin_id
select
    universe_id,
    mover_place_7d,
    coin_id,
    change_7d,
    place,
    place_30d_before,
    turnover,
    float_ratio
from marts.universe_ranking
where mover_place_7d <= 10
order by universe_id, mover_place_7d, coin_id
