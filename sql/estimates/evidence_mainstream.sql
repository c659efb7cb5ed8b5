-- description: Evidence on the claim that text-to-video will not be mainstream in the foreseeable
-- future: the first month in which a scenario's median supply reaches its median demand. One row
-- per claim and piece of evidence; supports is null where it is for contrast only.
-- grain: claim_id, evidence_id

with claim as (
    select claim_id, kind, value_low, unit, claim_date, tested_until, source, known_at
    from marts.claim
),

first_sufficient_month as (
    select
        scenario_id,
        scope,
        first_month_index,
        first_month_date,
        last_tested_date,
        known_at
    from estimates.first_sufficient_month
),

scenario_known as (
    select scenario_id, known_at, sources from estimates.scenario_known
),

scenario as (
    select scenario_id, gpu from estimates.scenario
),

source as (
    select entity, citation from marts.source
),

claimed as (
    select claim_id, claim_date, tested_until from claim where claim_id = 'not-mainstream-soon'
),

figure as (
    select claim_id as figure_id, value_low, claim_date, known_at, source
    from claim
    where kind = 'estimate'
),

supply_release as (
    select entity, citation from marts.supply_release
),

cited as (
    select entity, string_agg(distinct citation, '; ' order by citation) as sources
    from source
    where entity not in (select entity from supply_release)
    group by entity
    -- A later edition is what the figures are from.
    union all
    select entity, citation from supply_release
),

scenario_first as (
    select
        first_month.scenario_id,
        first_month.scope,
        first_month.first_month_index,
        first_month.first_month_date,
        coalesce(first_month.first_month_date, first_month.last_tested_date) as valid_date,
        greatest(first_month.known_at, scenario_known.known_at) as known_at,
        scenario_known.sources || '; ' || cited.sources as sources
    from first_sufficient_month as first_month
    inner join scenario_known using (scenario_id)
    inner join scenario using (scenario_id)
    inner join cited on cited.entity = 'shipped_cumulative'
    -- The fleet is of data-centre chips: a scenario of other cards is not served by it.
    where scenario.gpu is null
),

later_use as (
    select
        videos.value_low * seconds.value_low / 60 as minutes_per_day,
        videos.claim_date,
        greatest(videos.known_at, seconds.known_at) as known_at,
        videos.source
    from figure as videos
    inner join figure as seconds on seconds.figure_id = 'sora-2-seconds'
    where videos.figure_id = 'sora-2-videos'
),

evidence as (
    -- Enough chips within the time that is over by now speaks against the claim; a scenario
    -- whose supply suffices later, or in no month with a fleet figure, for it. Nobody hands the
    -- whole fleet to video: that scope is for contrast, only the share for video counts.
    select
        claimed.claim_id,
        'scenario-' || scenario_first.scenario_id || '-' || replace(scenario_first.scope, ' ', '-')
        as evidence_id,
        case scenario_first.scope when 'share for video' then 1 else 2 end as place,
        'assumption' as basis,
        scenario_first.first_month_index as value,
        cast(null as double) as range_low,
        cast(null as double) as range_high,
        'months' as unit,
        'scenario '
        || scenario_first.scenario_id
        || ', '
        || scenario_first.scope
        || ': months until the chips suffice for good' as description,
        least(scenario_first.valid_date, claimed.tested_until) as valid_date,
        scenario_first.known_at,
        case scenario_first.scope
            when 'share for video'
                then coalesce(scenario_first.first_month_date > claimed.tested_until, true)
        end as supports,
        scenario_first.sources
    from claimed
    cross join scenario_first
    union all
    select
        claimed.claim_id,
        'later-service',
        3,
        'observation',
        later_use.minutes_per_day,
        null,
        null,
        'min/day',
        'minutes a day of a later service, Sora 2, by a cost model',
        later_use.claim_date,
        later_use.known_at,
        null,
        later_use.source
    from claimed
    cross join later_use
)

select * from evidence
