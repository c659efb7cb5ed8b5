-- description: What was measured or recomputed on each claim: an observation of the world, a
-- figure under the inputs of a source or scenario (assumption), or whether a stated conclusion
-- follows from stated premises (derivation). Low and high of a range stand in range_low and
-- range_high. One row per claim and piece of evidence.
-- grain: claim_id, evidence_id

with evidence_tokens as (
    select * from estimates.evidence_tokens
),

evidence_market_cap as (
    select * from estimates.evidence_market_cap
),

evidence_equity as (
    select * from estimates.evidence_equity
),

evidence_demand as (
    select * from estimates.evidence_demand
),

evidence_training as (
    select * from estimates.evidence_training
),

evidence_throughput as (
    select * from estimates.evidence_throughput
),

evidence_chain as (
    select * from estimates.evidence_chain
),

evidence_production as (
    select * from estimates.evidence_production
),

evidence_owners as (
    select * from estimates.evidence_owners
),

evidence_mainstream as (
    select * from estimates.evidence_mainstream
),

evidence_cards as (
    select * from estimates.evidence_cards
),

evidence_networks as (
    select * from estimates.evidence_networks
),

claim as (
    select claim_id, claim_date, tested_until from marts.claim where kind = 'claim'
),

build as (
    select as_of from marts.build
),

evidence as (
    select * from evidence_tokens
    union all by name
    select * from evidence_market_cap
    union all by name
    select * from evidence_equity
    union all by name
    select * from evidence_demand
    union all by name
    select * from evidence_training
    union all by name
    select * from evidence_throughput
    union all by name
    select * from evidence_chain
    union all by name
    select * from evidence_production
    union all by name
    select * from evidence_owners
    union all by name
    select * from evidence_mainstream
    union all by name
    select * from evidence_cards
    union all by name
    select * from evidence_networks
),

-- Each source once, in the order given.
cited as (
    select
        evidence.* exclude (sources),
        array_to_string(
            list_filter(
                string_split(sources, '; '),
                lambda source, place: list_position(string_split(sources, '; '), source) = place
            ),
            '; '
        ) as sources
    from evidence
),

-- Scenarios ship with the program and so are not cut off with the raw tables: what they rest on
-- must have been known, too.
known as (
    select cited.*
    from cited
    cross join build
    where build.as_of is null or cited.known_at <= build.as_of
),

claim_evidence as (
    select
        known.claim_id,
        known.evidence_id,
        cast(
            row_number() over (
                partition by known.claim_id
                order by known.place, known.evidence_id
            ) as integer
        ) as evidence_order,
        known.basis,
        known.description,
        cast(known.value as double) as value,
        cast(known.range_low as double) as range_low,
        cast(known.range_high as double) as range_high,
        known.unit,
        known.valid_date,
        known.known_at,
        known.supports,
        -- Later evidence is shown, but does not decide; nor does what stands for contrast.
        known.supports is not null and known.valid_date <= claim.tested_until as is_used,
        cast(known.known_at as date) <= claim.claim_date as is_known_then,
        known.valid_date > claim.tested_until as is_later,
        known.sources
    from known
    inner join claim using (claim_id)
)

select * from claim_evidence
