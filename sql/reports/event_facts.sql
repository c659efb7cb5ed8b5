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
),

demo as (
    select * from study where event_id = 'sora-demo' and status = 'computed'
),

-- Tests that let tokens move together; the plain t does not.
week as (
    select
        *,
        coalesce(adjusted_p < 0.1, false)::integer
        + coalesce(rank_p < 0.1, false)::integer
        + coalesce(placebo_p < 0.1, false)::integer as n_below
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
        event.title || ' (' || strftime(event.event_date, '%Y-%m-%d') || ')' as overlap_title,
        event.event_date
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
    case
        when week.caar is not null
            then
                'by '
                || list_extract(['none', 'one', 'two', 'all'], week.n_below + 1)
                || ' of three tests more than chance would give one time in ten'
    end as verdict,
    before.caar as caar_before,
    before.adjusted_p as adjusted_p_before,
    case
        when before.has_pre_trend
            then 'The tokens moved apart from bitcoin before the demo already, which is no effect of it.'
        else 'Before the demo there was no such move.'
    end as pre_trend_note,
    month.caar as caar_31d,
    month.no_event_p05 as no_event_31d_p05,
    month.no_event_p95 as no_event_31d_p95,
    coalesce(
        (
            select 'Longer windows hold other events: '
                || string_agg(overlap_title, '; ' order by event_date) || '.'
            from overlap
        ),
        'No other event lies in a window.'
    ) as overlap_note,
    coalesce(
        (
            select 'Not covered by the daily closes: '
                || string_agg(event_id, ', ' order by event_date, event_id)
                    filter (n_computed = 0) || '.'
            from by_event
        ),
        ''
    ) as not_covered_note,
    coalesce(
        (
            select 'In part: '
                || string_agg(
                    event_id || ' (' || n_computed || ' of ' || n_windows || ' windows)',
                    ', '
                    order by event_date, event_id
                ) filter (n_computed between 1 and n_windows - 1) || '.'
            from by_event
        ),
        ''
    ) as partly_covered_note
from (select true as is_one) as one
left join week on true
left join before on true
left join month on true
