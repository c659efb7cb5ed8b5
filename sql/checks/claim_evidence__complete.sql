-- description: Evidence has a known basis, a description, dates, sources, flags and some figure,
-- save months that never come. One row per piece of evidence that lacks one.

with claim_evidence as (
    select
        claim_id,
        evidence_id,
        basis,
        description,
        value,
        range_low,
        range_high,
        unit,
        valid_date,
        known_at,
        is_used,
        is_known_then,
        is_later,
        sources
    from estimates.claim_evidence
)

select *
from claim_evidence
where
    coalesce(basis not in ('observation', 'assumption', 'derivation'), true)
    or coalesce(trim(description), '') = ''
    or unit is null
    or valid_date is null
    or known_at is null
    or is_used is null
    or is_known_then is null
    or is_later is null
    or coalesce(trim(sources), '') = ''
    or (range_low is null) <> (range_high is null)
    or range_low > range_high
    or (value is null and range_low is null and unit <> 'months')
