-- description: From when the inputs of a scenario's GPU counts were public: those of the published
-- chain since its report, those of our own since the newest of their sources (newest_source); and
-- whether that was by the report's date, and by the state of knowledge of this file. One row per
-- scenario.
-- grain: scenario_id
-- column valid_date: Day that the scenario speaks of: for the published chain that of its report,
-- for our own its start.

with claim as (
    select claim_id, claim_date, known_at from marts.claim
),

build as (
    select report_date, as_of from marts.build
),

scenario as (
    select scenario_id, title, engine, start_date from estimates.scenario
),

assumption as (
    select scenario_id, input, source_title, source_date from estimates.assumption
),

-- Prices and power change what GPUs cost, not how many there are. All other inputs feed a count,
-- a throughput or a break-even; a new input counts until it is listed here.
counting as (
    select scenario_id, source_title, source_date
    from assumption
    where
        input not in (
            'gpu_hour_price', 'gpu_price', 'token_market_cap', 'gpu_power_kw', 'server_overhead', 'pue'
        )
),

newest as (
    select
        scenario_id,
        cast(max(source_date) as timestamp) as known_at,
        arg_max(source_title, source_date) as newest_source
    from counting
    group by scenario_id
),

report as (
    -- Inputs that the report states, or that its outputs fix, were public with the report.
    select claim_date, known_at from claim where claim_id = 'sora-training-flop'
),

dated as (
    select
        scenario.scenario_id,
        scenario.title,
        scenario.engine,
        case
            when scenario.engine = 'published' then coalesce(report.claim_date, scenario.start_date)
            else scenario.start_date
        end as valid_date,
        -- A file of earlier knowledge has no row of the report: its sources date it well enough.
        -- A scenario of judgements alone has no dated source: it is of the day of its start.
        coalesce(
            case when scenario.engine = 'published' then report.known_at end,
            newest.known_at,
            cast(scenario.start_date as timestamp)
        ) as known_at,
        case when scenario.engine <> 'published' then newest.newest_source end as newest_source,
        'scenario ' || scenario.scenario_id as sources
    from scenario
    inner join newest using (scenario_id)
    left join report on scenario.engine = 'published'
),

scenario_known as (
    select
        dated.*,
        cast(dated.known_at as date) <= build.report_date as is_known_at_report_date,
        build.as_of is null or dated.known_at <= build.as_of as is_known_as_of
    from dated
    left join build on true
)

select * from scenario_known
