-- description: Each published claim with what it was recomputed to, and two verdicts on evidence
-- up to the day it is tested until: with everything known today, and with what was known on the
-- day of the claim. Verdicts: holds, holds under these inputs, does not follow, fails, cannot be
-- checked. One row per claim.
-- grain: claim_id
-- column source: Document or outlet that the claim was read in.

with claim as (
    select
        claim_id,
        text,
        origin,
        source,
        url,
        grade,
        claim_date,
        tested_until,
        value_low,
        value_high,
        unit
    from marts.claim
    where kind = 'claim'
),

claim_evidence as (
    select
        claim_id,
        evidence_order,
        basis,
        description,
        value,
        range_low,
        range_high,
        unit,
        supports,
        is_used,
        is_known_then,
        is_later,
        sources
    from estimates.claim_evidence
),

-- Figures as plain text for a first look; reports format the columns themselves.
shown as (
    select
        claim_id,
        evidence_order,
        description,
        case when unit <> '1' then ' ' || unit else '' end as unit,
        list_transform(
            [value, range_low, range_high],
            lambda x: case
                when abs(x) >= 1000 then format('{:,.0f}', x) else format('{:.4g}', x)
            end
        ) as figures,
        range_low < range_high as is_range,
        supports,
        is_used,
        is_known_then,
        is_later
    from claim_evidence
),

worded as (
    select
        claim_id,
        evidence_order,
        description
        || ': '
        || case
            when figures[1] is not null and is_range
                then figures[1] || ' (' || figures[2] || ' to ' || figures[3] || ')' || unit
            when figures[1] is not null then figures[1] || unit
            when figures[2] is not null then figures[2] || ' to ' || figures[3] || unit
            else 'not reached'
        end
        || case when supports then ' (for)' else ' (against)' end as sentence,
        supports,
        is_used,
        is_known_then,
        is_later
    from shown
),

counted as (
    select
        claim_id,
        count(*) as n_evidence,
        count(*) filter (is_used) as n_used,
        count(*) filter (is_used and supports) as n_supporting,
        count(*) filter (is_used and is_known_then) as n_known_then,
        count(*) filter (is_later) as n_later,
        string_agg(sentence, '; ' order by evidence_order) filter (is_used) as evidence
    from worded
    group by claim_id
),

cited as (
    select claim_id, string_agg(distinct source, '; ' order by source) as sources
    from (select claim_id, unnest(string_split(sources, '; ')) as source from claim_evidence)
    group by claim_id
),

first_evidence as (
    select claim_id, value, range_low, range_high, unit
    from claim_evidence
    where is_used
    qualify row_number() over (partition by claim_id order by evidence_order) = 1
),

judged as (
    select claim_id, 'today' as knowledge, basis, supports from claim_evidence where is_used
    union all
    select claim_id, 'then' as knowledge, basis, supports
    from claim_evidence
    where is_used and is_known_then
),

tallied as (
    select
        claim_id,
        knowledge,
        count(*) filter (basis = 'derivation' and not supports) as n_broken,
        count(*) filter (basis = 'observation') as n_observed,
        count(*) filter (basis = 'observation' and supports) as n_observed_supporting,
        count(*) filter (supports) as n_supporting
    from judged
    group by claim_id, knowledge
),

-- A broken step of reasoning decides first, then what was observed. Figures that were only
-- recomputed under somebody's inputs can at best hold under these inputs.
verdict as (
    select
        claim_id,
        knowledge,
        case
            when n_broken > 0 then 'does not follow'
            when n_observed > 0 and n_observed_supporting = n_observed then 'holds'
            when n_observed > 0 and n_observed_supporting = 0 then 'fails'
            when n_observed > 0 then 'holds under these inputs'
            when n_supporting > 0 then 'holds under these inputs'
            else 'fails'
        end as verdict
    from tallied
),

claim_row as (
    select
        claim.claim_id,
        claim.text,
        claim.origin,
        claim.source,
        claim.url,
        claim.grade,
        claim.claim_date,
        claim.tested_until,
        claim.value_low as published_low,
        claim.value_high as published_high,
        claim.unit,
        first_evidence.value as recomputed,
        first_evidence.range_low as recomputed_low,
        first_evidence.range_high as recomputed_high,
        first_evidence.unit as recomputed_unit,
        coalesce(today.verdict, 'cannot be checked') as verdict,
        coalesce(at_the_time.verdict, 'cannot be checked') as verdict_known_then,
        coalesce(counted.n_evidence, 0) as n_evidence,
        coalesce(counted.n_used, 0) as n_used,
        coalesce(counted.n_supporting, 0) as n_supporting,
        coalesce(counted.n_known_then, 0) as n_known_then,
        coalesce(counted.n_later, 0) as n_later,
        counted.evidence,
        cited.sources
    from claim
    left join first_evidence using (claim_id)
    left join counted using (claim_id)
    left join cited using (claim_id)
    left join verdict as today
        on today.claim_id = claim.claim_id and today.knowledge = 'today'
    left join verdict as at_the_time
        on at_the_time.claim_id = claim.claim_id and at_the_time.knowledge = 'then'
)

select * from claim_row
