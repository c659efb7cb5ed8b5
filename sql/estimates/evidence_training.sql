-- description: Evidence on the claims about training, and about the use that takes as much
-- compute as training did. One row per claim and piece of evidence; supports is null where it is
-- for contrast only.
-- grain: claim_id, evidence_id

with claim as (
    select
        claim_id,
        kind,
        value_low,
        value_high,
        unit,
        claim_date,
        source,
        known_at
    from marts.claim
),

scenario_known as (
    select scenario_id, engine, valid_date, known_at, sources from estimates.scenario_known
),

breakeven as (
    select scenario_id, quantity, p05, p50, p95 from estimates.breakeven
),

chain as (
    select
        valid_date,
        known_at,
        sources_compute,
        sources_recounted,
        sources_compute || '; ' || sources_demand as sources_both,
        h100_months_low,
        h100_months_high,
        h100_months_mac_low,
        h100_months_mac_high,
        breakeven_minutes_low,
        breakeven_minutes_high,
        breakeven_days_low,
        breakeven_days_high
    from estimates.published_chain
    where scenario_id = 'factorial-2024'
),

claimed as (
    select claim_id, value_low, value_high, claim_date from claim where kind = 'claim'
),

figure as (
    select claim_id as figure_id, value_low, value_high, unit, claim_date, known_at, source
    from claim
    where kind = 'estimate'
),

own_scenario as (
    select scenario_id, valid_date, known_at, sources
    from scenario_known
    where engine <> 'published'
),

training_gpus as (
    select
        claimed.claim_id,
        'published-chain' as evidence_id,
        1 as place,
        'assumption' as basis,
        cast(null as double) as value,
        chain.h100_months_low as range_low,
        chain.h100_months_high as range_high,
        'H100-months' as unit,
        'the published chain, recomputed: low and high case' as description,
        chain.valid_date,
        chain.known_at,
        abs(chain.h100_months_low / claimed.value_low - 1) <= 0.01
        and abs(chain.h100_months_high / claimed.value_high - 1) <= 0.01 as supports,
        chain.sources_compute as sources
    from claimed
    cross join chain
    where claimed.claim_id = 'training-gpus'
    union all
    select
        claimed.claim_id,
        'counted-as-flop',
        2,
        'assumption',
        null,
        chain.h100_months_mac_low,
        chain.h100_months_mac_high,
        'H100-months',
        'the same chain with a multiply-add counted as two FLOP: low and high case',
        chain.valid_date,
        chain.known_at,
        abs(chain.h100_months_mac_low / claimed.value_low - 1) <= 0.01
        and abs(chain.h100_months_mac_high / claimed.value_high - 1) <= 0.01,
        chain.sources_recounted
    from claimed
    cross join chain
    where claimed.claim_id = 'training-gpus'
    union all
    -- 720 hours make a month of 30 days, as the source counts it.
    select
        'training-gpus',
        'movie-gen',
        3,
        'observation',
        gpus.value_low * hours.value_low / 720,
        null,
        null,
        'H100-months',
        'training of another video model, Movie Gen, 30 B parameters',
        gpus.claim_date,
        greatest(gpus.known_at, hours.known_at),
        null,
        gpus.source
    from figure as gpus
    inner join figure as hours on hours.figure_id = 'movie-gen-hours'
    where gpus.figure_id = 'movie-gen-gpus'
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

-- Inference overtakes training soon if the minutes of one year exceed the break-even. A scenario
-- says so, or the opposite, with its whole 90 % interval; else it is for contrast.
overtakes as (
    select
        claimed.claim_id,
        'published-chain' as evidence_id,
        1 as place,
        'assumption' as basis,
        cast(null as double) as value,
        chain.breakeven_minutes_low as range_low,
        chain.breakeven_minutes_high as range_high,
        'min' as unit,
        'break-even by the published chain, recomputed: low and high case' as description,
        chain.valid_date,
        chain.known_at,
        abs(chain.breakeven_minutes_low / claimed.value_low - 1) <= 0.01
        and abs(chain.breakeven_minutes_high / claimed.value_high - 1) <= 0.01 as supports,
        chain.sources_compute as sources
    from claimed
    cross join chain
    where claimed.claim_id = 'inference-overtakes-training'
    union all
    select
        'inference-overtakes-training',
        'days-of-demand',
        2,
        'assumption',
        null,
        chain.breakeven_days_low,
        chain.breakeven_days_high,
        'days',
        'days of the published demand until then: low and high case',
        chain.valid_date,
        chain.known_at,
        chain.breakeven_days_high <= 365,
        chain.sources_both
    from chain
    union all
    select
        'inference-overtakes-training',
        'scenario-' || own.scenario_id,
        3,
        'assumption',
        days.p50,
        days.p05,
        days.p95,
        'days',
        'scenario ' || own.scenario_id || ': days of its first month''s demand until then',
        own.valid_date,
        own.known_at,
        case when days.p95 <= 365 then true when days.p05 > 365 then false end,
        own.sources
    from own_scenario as own
    inner join breakeven as days using (scenario_id)
    where days.quantity = 'days_of_demand'
    union all
    select
        claimed.claim_id,
        'later-service',
        4,
        'observation',
        null,
        claimed.value_low / later_use.minutes_per_day,
        claimed.value_high / later_use.minutes_per_day,
        'days',
        'days until then at the use of a later service, Sora 2, by a cost model',
        later_use.claim_date,
        later_use.known_at,
        claimed.value_high / later_use.minutes_per_day <= 365,
        later_use.source
    from claimed
    cross join later_use
    where claimed.claim_id = 'inference-overtakes-training'
),

evidence as (
    select * from training_gpus
    union all by name
    select * from overtakes
)

select * from evidence
