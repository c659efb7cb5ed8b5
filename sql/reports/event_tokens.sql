-- description: Market model and abnormal returns of each compute token around the Sora demo. One row per token.
-- grain: coin_id
-- sources: bundled, import, event
with token as (
    select coin_id, symbol, name from marts.token
),

study as (
    select
        coin_id,
        window_first_day,
        window_last_day,
        n_returns,
        beta,
        r2,
        sigma,
        car,
        bhar
    from estimates.event_study_token
    inner join marts.event using (event_id)
    where event_id = 'sora-demo' and universe_id = 'compute-daily'
        and event_date + window_last_day::integer <= (select report_date from marts.build)
)

select
    study.coin_id,
    any_value(token.name) as name,
    any_value(token.symbol) as symbol,
    max(study.n_returns) as n_returns,
    max(study.beta) as beta,
    max(study.r2) as r2,
    max(study.sigma) as sigma,
    max(study.car) filter (study.window_first_day = -10 and study.window_last_day = -1)
        as car_before,
    max(study.car) filter (study.window_first_day = 0 and study.window_last_day = 0) as car_day,
    max(study.car) filter (study.window_first_day = 0 and study.window_last_day = 4) as car_5d,
    max(study.car) filter (study.window_first_day = 0 and study.window_last_day = 30) as car_31d,
    max(study.bhar) filter (study.window_first_day = 0 and study.window_last_day = 30)
        as bhar_31d
from study
left join token using (coin_id)
group by study.coin_id
order by car_5d desc nulls last, study.coin_id
