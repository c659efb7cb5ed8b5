-- description: How much failed, was refused, left out or put in place of something else, each null where there is none, and what the base scenario's uncertainty rests on. One row per report.
-- grain: report_date
with outage as (
    select
        count(*) filter (is_open) as n_open,
        count(distinct source) filter (is_open) as n_open_sources,
        count(*) filter (not is_open) as n_ended
    from marts.outage
    where began_at::date <= (select report_date from marts.build)
        and (is_open or ended_at::date >= (select report_date from marts.build) - 30)
),

refused as (select count(*) as n from marts.quarantine),

flagged as (
    select count(*) as n from marts.token_flag_day
    where flag_date <= (select report_date from marts.build)
),

listed as (
    select
        count(distinct coin_id) filter (universe_id = 'compute-daily') as n_compute_daily,
        count(distinct coin_id) filter (universe_id = 'ai-17') as n_ai_17
    from marts.universe_day
    where price_date <= (select report_date from marts.build)
),

crawled as (
    select count(distinct universe_id) as n from marts.universe_candidate_day
    where price_date <= (select report_date from marts.build)
),

varied as (
    select
        sum(variance_share) filter (grade = 'guess') as guess_share,
        max_by(factor, variance_share) as first_factor,
        max(variance_share) as first_share,
        max_by(grade, variance_share) as first_grade,
        max(month_index) as month_index
    from estimates.sensitivity
    where scenario_id = 'base' and quantity = 'gpus_peak'
)

select
    build.report_date,
    nullif(outage.n_open, 0) as n_open_outages,
    nullif(outage.n_open_sources, 0) as n_open_sources,
    nullif(outage.n_ended, 0) as n_ended_outages,
    nullif(refused.n, 0) as n_refused,
    nullif(flagged.n, 0) as n_flagged,
    listed.n_compute_daily,
    listed.n_ai_17,
    crawled.n as n_live_universes,
    varied.guess_share,
    coalesce(text.input_text, varied.first_factor) as first_factor,
    varied.first_share,
    varied.first_grade,
    month.month_date as varied_month_date
from marts.build
cross join outage
cross join refused
cross join flagged
cross join listed
cross join crawled
cross join varied
left join estimates.assumption_text as text
    on text.scenario_id = 'base' and text.input = varied.first_factor
left join estimates.demand_month as month
    on month.scenario_id = 'base'
    and month.quantity = 'h100e_peak_bf16_dense'
    and month.month_index = varied.month_index
