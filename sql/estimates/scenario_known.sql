-- description: From when the inputs of a scenario were public: those of the published chain since
-- its report, those of our own since the newest of their sources. One row per scenario.
-- grain: scenario_id

with claim as (
    select claim_id, claim_date, known_at, source from marts.claim
),

scenario as (
    select scenario_id, engine, start_date from estimates.scenario
),

assumption as (
    select scenario_id, source_date from estimates.assumption
),

report as (
    -- Inputs that the report states, or that its outputs fix, were public with the report.
    select claim_date, known_at, source from claim where claim_id = 'sora-training-flop'
),

newest_source as (
    select scenario_id, cast(max(source_date) as timestamp) as known_at
    from assumption
    group by scenario_id
),

scenario_known as (
    select
        scenario.scenario_id,
        scenario.engine,
        case when scenario.engine = 'published' then report.claim_date else scenario.start_date end
        as valid_date,
        case
            when scenario.engine = 'published' then report.known_at else newest_source.known_at
        end as known_at,
        case
            when scenario.engine = 'published' then report.source
            else 'scenario ' || scenario.scenario_id
        end as sources
    from scenario
    inner join newest_source using (scenario_id)
    left join report on scenario.engine = 'published'
)

select * from scenario_known
