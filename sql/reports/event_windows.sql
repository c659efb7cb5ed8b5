-- description: Abnormal returns of the compute tokens around the Sora demo, with tests; null: a window is not covered. One row per window.
-- grain: window_first_day, window_last_day
-- sources: bundled, import, event
select
    window_first_day,
    window_last_day,
    n_tokens,
    caar,
    caar_p05,
    caar_p95,
    no_event_p05,
    no_event_p95,
    cross_sectional_t,
    adjusted_t,
    adjusted_p,
    rank_z,
    placebo_p,
    n_placebo,
    bhar,
    caar_cap_weighted
from estimates.event_study
where event_id = 'sora-demo' and universe_id = 'compute-daily'
    and event_date + window_last_day::integer <= (select report_date from marts.build)
order by window_first_day, window_last_day
