-- description: Mean abnormal return of the compute tokens cumulated from the eve of the Sora demo, and its range if nothing had happened. One row per day.
-- grain: relative_day
-- sources: bundled, import, event
select
    study.relative_day,
    study.caar,
    study.no_event_p05,
    study.no_event_p25,
    study.no_event_p75,
    study.no_event_p95,
    event.title as event_title
from estimates.event_study_day as study
inner join marts.event using (event_id)
where study.event_id = 'sora-demo' and study.universe_id = 'compute-daily'
    and event.event_date + study.relative_day::integer <= (select report_date from marts.build)
order by study.relative_day
