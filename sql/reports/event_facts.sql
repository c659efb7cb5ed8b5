-- description: What the study of the Sora demo found in its first five days, what overlaps with it, and which events cannot be studied; null: not covered. One row per report.
-- grain: is_one
-- sources: bundled, import, event
with study as (
    select
        study.*,
        event.title,
        event.announced_at
    from estimates.event_study as study
    inner join marts.event using (event_id)
    where study.universe_id = 'compute-daily'
        -- Of a window that ends after the report's day nothing is said.
        and study.event_date + study.window_last_day::integer <= (select report_date from marts.build)
),

demo as (
    select * from study where event_id = 'sora-demo' and status = 'computed'
),

-- Tests that let tokens move together; the plain t does not.
week as (
    select
        *,
        case
            when caar is not null
                -- Null where one of them is unknown: it would count as one that speaks against.
                then (adjusted_p < 0.1)::integer
                    + (rank_p < 0.1)::integer
                    + (placebo_p < 0.1)::integer
        end as n_tests_below
    from demo
    where window_first_day = 0 and window_last_day = 4
),

before as (
    select * from demo where window_first_day = -10 and window_last_day = -1
),

month as (
    select * from demo where window_first_day = 0 and window_last_day = 30
),

overlap as (
    select
        string_agg(event.title, '; ' order by event.event_date, event.event_id) as titles,
        min(event.event_date) as first_date
    from marts.event
    where
        event.event_id in (
            select unnest(string_split(overlapping_events, ', '))
            from demo
            where overlapping_events is not null
        )
),

by_event as (
    select
        event_id,
        any_value(event_date) as event_date,
        count(*) as n_windows,
        count(*) filter (status = 'computed') as n_computed
    from study
    -- Days before an event say nothing of it.
    where window_last_day >= 0
    group by event_id
),

covered as (
    select
        string_agg(event_id, ', ' order by event_date, event_id) filter (n_computed = 0)
            as not_covered,
        string_agg(event_id, ', ' order by event_date, event_id)
            filter (n_computed between 1 and n_windows - 1) as partly_covered,
        sum(n_computed) filter (n_computed between 1 and n_windows - 1)::bigint
            as n_partly_computed,
        sum(n_windows) filter (n_computed between 1 and n_windows - 1)::bigint
            as n_partly_windows
    from by_event
)

select
    true as is_one,
    week.event_date,
    week.n_tokens,
    week.n_estimation,
    week.n_positive,
    week.caar,
    week.bhar,
    week.no_event_p05,
    week.no_event_p95,
    week.cross_sectional_p,
    week.adjusted_p,
    week.rank_p,
    week.placebo_p,
    week.n_placebo,
    week.residual_correlation,
    week.caar_cap_weighted,
    week.n_tests_below,
    before.caar as caar_before,
    before.adjusted_p as adjusted_p_before,
    -- Either the one or the other is said of the days before.
    case when before.has_pre_trend then before.caar end as caar_before_apart,
    case when not before.has_pre_trend then before.caar end as caar_before_together,
    month.caar as caar_31d,
    month.no_event_p05 as no_event_31d_p05,
    month.no_event_p95 as no_event_31d_p95,
    overlap.titles as overlap_titles,
    overlap.first_date as overlap_date,
    case
        when overlap.titles is null
            then (select nullif(count(*), 0) from demo where window_last_day >= 0)
    end as n_windows_alone,
    covered.*
from (select true as is_one) as one
left join week on true
left join before on true
left join month on true
left join overlap on true
left join covered on true
